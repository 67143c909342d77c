// namespaces.hpp: hosts made of nothing: a network namespace for each, with one Ethernet device, whose
// far end is a socket in this process's hands. Nothing else leads into or out of a host.
//
// They are made by a process of their own (the badwire command, as `badwire make-hosts`), which stands in a
// user namespace where it is not root, hands over descriptors, and ends with made_hosts. The namespaces
// live as long as the descriptors or a process in them: nothing is left behind, even after SIGKILL.
//
// Each host has, on its device eth0, an IPv4 and an IPv6 address, and 127.0.0.1: so a program that
// multicasts by the interface 127.0.0.1 reaches the others, too. Offloads are off, ICMP is not limited in
// rate, every port may be bound by any user. TCP announces segments of 1460 bytes, as on
// Ethernet; a datagram of any size is one frame, so that it meets one fate.
//
// Limits: Linux 5.12. Where the system forbids namespaces, why_no_hosts() says so.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "impl/base/owned_descriptor.hpp"
#include "sim/hosts/frame.hpp"
#include "sim/hosts/topology.hpp"

namespace badwire::hosts {

/// One host of a plan, which has it at this place.
struct host_plan {
    std::string name;
    /// For programs in which 127.0.0.1 stands for another host: which, by its place.
    std::optional<std::size_t> loopback_means{};
    /// Settings of its network by their sysctl names: {"net.ipv4.tcp_ecn", "1"}.
    std::map<std::string, std::string> sysctls{};
};

/// Addresses of the host at a place: 10.0.0.1 is the first.
boost::asio::ip::address_v4 ipv4_of(std::size_t place);
boost::asio::ip::address_v6 ipv6_of(std::size_t place);
mac_address mac_of(std::size_t place);
/// Whose address that is, if it is a host's: it may not exist.
std::optional<std::size_t> host_at(const boost::asio::ip::address& of);
std::optional<std::size_t> host_at(const mac_address& of);
inline constexpr std::size_t hosts_max = 60'000;

/// The largest IP packet that a device carries.
inline constexpr unsigned device_mtu = 65'535;
/// The most data of a TCP segment: of Ethernet's 1500 bytes.
inline constexpr unsigned segment_bytes_max = 1460;

struct made_host {
    owned_descriptor network; // the namespace
    owned_descriptor wire;    // a packet socket at the far end of its device
};

class host_maker; // the process that makes them

struct made_hosts {
    owned_descriptor users;  // the user namespace; none as root
    owned_descriptor mounts; // where the hosts' names are known
    std::string why_no_names{};
    std::vector<made_host> all{};
    std::shared_ptr<host_maker> by{};
};

/// Makes hosts. In `folder` a file with their names is written; nowhere without one. `badwire` is the
/// command. Throws net::failure.
made_hosts make_hosts(const std::vector<host_plan>& plan, const std::filesystem::path& folder,
                      const std::filesystem::path& badwire);

/// A socket of a host's in this process's hands, at all its IPv4 addresses: a datagram socket, or one
/// that listens. Throws net::failure.
owned_descriptor open_port(const made_hosts& hosts, std::size_t place, port_kind kind,
                           std::uint16_t port);

/// The words of a command that runs `command` on that host of this process's.
std::vector<std::string> on_host(const made_hosts& hosts, std::size_t place, const host_plan& plan,
                                 const std::filesystem::path& badwire,
                                 const std::vector<std::string>& command);

/// Why no hosts can be made here, for people; empty: they can. Tried with one.
std::string why_no_hosts(const std::filesystem::path& badwire);

/// The main functions of `badwire make-hosts` and `badwire enter-host WORD…`.
int make_hosts_main();
int enter_host_main(const std::vector<std::string>& words);

} // namespace badwire::hosts
