// packet_watcher.hpp: an object that is shown every packet of a link, as it is offered and as it
// leaves: a capture, for example. Called in the carrier's thread; on a relay, this is between
// system calls, and a slow watcher delays all traffic. It must not throw and must outlive the
// carrier.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "sim/link/link.hpp"

struct sockaddr;

namespace badwire::link {

/// A packet's sender and its destination, as one side of the link sees them.
struct addresses {
    const sockaddr* from; // a listening socket on a wildcard address is that address
    const sockaddr* to;
};

/// Everything in it is valid during the call only.
struct watched_packet {
    direction which;
    addresses seen;
    std::span<const std::byte> payload; // when leaving: with the bits that were flipped
    duration time;                      // since the link's start
    std::string_view flow{};
    const segment* tcp = nullptr; // of an offered segment; the payload is its canonical bytes
    std::span<const std::byte> frame = {}; // where the carrier has frames
    std::uint8_t ecn = 0;                  // the codepoint of its IP header
};

/// Numbers the packets of a link from 1, as exact rules without a match count them: in each direction
/// datagrams and TCP segments apart, and from both what is neither.
class packet_numbers {
public:
    std::uint64_t next(direction which, const segment* tcp)
    {
        const std::size_t kind = tcp == nullptr ? 0 : tcp->neither() ? 1 : 2;
        return ++numbered_[which == direction::up ? 0 : 1][kind];
    }

private:
    std::array<std::array<std::uint64_t, 3>, 2> numbered_{};
};

/// A segment of TCP, on one side of a link. As above.
struct watched_segment {
    direction which;
    bool leaves = false; // the link; else it enters
    addresses seen{};
    std::uint32_t sequence = 0;
    std::uint32_t acknowledgment = 0;
    bool syn = false, acknowledges = false, end = false, reset = false;
    std::span<const std::byte> payload{};
    duration time{0};
    std::string_view flow{};
    std::uint64_t stream = 0; // of the flow
};

class packet_watcher {
public:
    virtual ~packet_watcher() = default;

    /// What the watcher has to say about a packet, for instance link::explain(). Null: nothing. The
    /// conveyor carries it along with the packet and its copies.
    using note = std::shared_ptr<const std::string>;

    /// A packet arrived, and this is its fate. Up: from the client to the socket that the link
    /// listens on. Down: from the server to the socket that the link has for this client.
    virtual note offered(const watched_packet& what, const lane& by, const fate& met) = 0;

    /// A packet was handed on. Up: from the link's socket for this client to the server. Down: from
    /// the listening socket to the client. `copy` is 0 for the packet itself, 1 for its first copy,
    /// and so on; `said` is what offered() returned.
    virtual void left(const watched_packet& what, std::uint32_t copy, const note& said) = 0;

    /// A packet should have left so, but could not: too many were on their way, or the system
    /// refused to send it.
    virtual void undeliverable(const watched_packet& what, std::uint32_t copy, const note& said,
                               std::string_view reason)
    {
        static_cast<void>(what), static_cast<void>(copy), static_cast<void>(said);
        static_cast<void>(reason);
    }

    /// A segment of a connection enters the link, or leaves it; what is to be said of it, if
    /// anything. Not in the order of their times.
    virtual void segment(const watched_segment& what, std::string_view comment)
    {
        static_cast<void>(what), static_cast<void>(comment);
    }
};

} // namespace badwire::link
