// socket_options.hpp: the addresses and options of guests' sockets, as Linux lays them out.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>

#include "impl/net/asio.hpp"

namespace badwire::guest {

/// An address of either family with a port; for TCP and UDP alike.
using address = net::udp::endpoint;

inline net::tcp::endpoint as_tcp(const address& of) { return {of.address(), of.port()}; }
inline address as_address(const net::tcp::endpoint& of) { return {of.address(), of.port()}; }

/// struct sockaddr of a guest. The errno is EINVAL where it is too short, EAFNOSUPPORT where it is
/// of another family; AF_UNSPEC and AF_NETLINK are no address and no error.
struct parsed_address {
    int error = 0;
    std::optional<address> value{};
};
parsed_address parse_address(std::span<const std::byte> bytes);
/// The other way; of a socket of IPv6, IPv4 addresses are mapped ones.
std::vector<std::byte> pack_address(const address& of, int domain);
/// The address alone.
in6_addr as_v6(const address& of);

/// Of IP_ADD_MEMBERSHIP and its kin.
struct membership {
    net::asio::ip::address group;
    net::asio::ip::address interface; // unspecified: any
    bool operator<(const membership& other) const { return group < other.group; }
};

/// The options that are only kept, and asked for again; and those that are used here.
struct socket_options {
    bool reuse = false;      // SO_REUSEADDR or SO_REUSEPORT
    bool reuse_port = false; // the latter
    bool multicast_loop = true;
    bool multicast_all = true; // groups that others of the host have joined
    bool v6_only = false;
    bool broadcast = false;
    bool of_stream = false; // it is a socket of a connection
    /// What recvmsg(2) tells besides the contents: IP_PKTINFO, IP_RECVTTL, SO_TIMESTAMP and their kin.
    bool tells_destination = false, tells_hops = false, tells_service = false;
    bool tells_time = false, tells_exact_time = false;
    std::size_t receive_buffer_bytes = 212'992; // SO_RCVBUF
    std::optional<std::chrono::nanoseconds> receive_timeout{}, send_timeout{};
    std::optional<int> linger_seconds{};
    std::map<std::pair<int, int>, std::vector<std::byte>> kept{}; // by level and name

    /// setsockopt(2) for what needs no socket; the errno.
    int set(int level, int name, std::span<const std::byte> value);
    /// Of its datagrams: IP_TOS, IPV6_TCLASS.
    std::uint8_t traffic_class(bool v6) const;
    /// getsockopt(2); nothing: there is no such option.
    std::optional<std::vector<std::byte>> get(int level, int name) const;
};

/// Whether that option is about a membership: joining (true) or leaving (false).
struct membership_request {
    bool joins = false;
    membership what;
};
std::optional<membership_request> parse_membership(int level, int name,
                                                   std::span<const std::byte> value);

} // namespace badwire::guest
