// topology.hpp: what a switch of hosts asks about them: by which links they are connected, and what
// they do with addresses. Hosts are numbered by their place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "sim/link/impairments.hpp"

namespace badwire::hosts {

/// A link on a way, in one direction, and as whose packets.
struct step {
    std::string link;
    link::direction which = link::direction::up;
    std::string flow;
    std::string sender{}; // the process, where the flow is the receiver's
};

enum class port_kind : std::uint8_t { udp, tcp };

class topology {
public:
    virtual ~topology() = default;

    /// What a packet passes from one host to another, in this order; nothing: a clean wire. Asked once.
    virtual std::vector<step> between(std::size_t from, std::size_t to) const = 0;
    /// What a packet to a group, or to all, passes before it is copied for each receiver.
    virtual std::vector<step> to_group(std::size_t from) const = 0;
    /// … and each copy afterwards.
    virtual std::vector<step> from_group(std::size_t from, std::size_t to) const = 0;

    /// Asked for each packet: whether the host is a member now.
    virtual bool is_member(std::size_t host, const boost::asio::ip::address& group) const = 0;
    /// Asked for each TCP connection, for the first datagram to a port, and again once one was refused: it
    /// may take long. Whether a port can be reached by 127.0.0.1 alone.
    virtual bool is_on_loopback_only(std::size_t host, port_kind kind,
                                     std::uint16_t port) const = 0;
    /// The host for which 127.0.0.1 stands on this one.
    virtual std::optional<std::size_t> loopback_means(std::size_t host) const = 0;
};

} // namespace badwire::hosts
