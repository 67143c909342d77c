// loopback_addresses.hpp: addresses that mean a host to itself, on a wire between hosts. A program that
// listens on 127.0.0.1 is reached by its host's address, and one for which 127.0.0.1 stands for another
// host reaches that one. Packets between hosts only ever carry hosts' addresses. Not thread-safe.
//
// Limits: IPv4 alone, for the kernel takes ::1 from no wire; what an ICMP error quotes is not changed.
#pragma once

#include <map>
#include <span>
#include <tuple>

#include "sim/hosts/frame.hpp"
#include "sim/hosts/topology.hpp"

namespace badwire::hosts {

class loopback_addresses {
public:
    explicit loopback_addresses(const topology& of) : topology_(of) {}

    /// A frame has come from a host.
    void leave(std::size_t host, std::span<std::byte> bytes, frame& parsed);
    /// A frame is to be given to a host.
    void arrive(std::size_t host, std::span<std::byte> bytes, frame& parsed);
    /// A host has refused a datagram to that port: what was known of it may have changed.
    void refused(std::size_t host, std::uint16_t port);

private:
    /// One side of a conversation: the host, and its own and the other's port.
    using conversation = std::tuple<std::size_t, frame_kind, std::uint16_t, std::uint16_t>;
    static constexpr std::size_t conversations_max = 1 << 16;

    bool listens_on_loopback(std::size_t host, const frame& parsed);

    const topology& topology_;
    std::map<conversation, boost::asio::ip::address>
        called_; // as the host's program calls the other
    std::map<std::tuple<std::size_t, frame_kind, std::uint16_t>, bool> loopback_ports_;
};

} // namespace badwire::hosts
