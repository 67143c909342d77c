// packet_watcher.hpp: who is shown every datagram of a relay, as it is offered and as it leaves: a
// capture, for example. Called in the relay's thread, between system calls that serve everybody: a
// watcher that is slow delays the traffic. It must not throw and must outlive the relay.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "sim/link/link.hpp"
#include "sim/relay/peer_address.hpp"

namespace badwire::relay {

/// Everything in it is valid during the call only.
struct watched_datagram {
    link::direction which;
    const peer_address& from; // a listening socket on a wildcard address is that address
    const peer_address& to;
    std::span<const std::byte> payload; // when leaving: with the bits that were flipped
    link::duration time;                // since the relay's start
};

class packet_watcher {
public:
    virtual ~packet_watcher() = default;

    /// What the watcher has to say about a packet, for instance link::explain(). Null: nothing. The
    /// relay carries it along with the packet and its copies.
    using note = std::shared_ptr<const std::string>;

    /// A datagram arrived, and this is its fate. Up: from the client to the listening socket. Down:
    /// from the upstream to the socket of the client's flow. `asked` is what held then.
    virtual note offered(const watched_datagram& what, const link::lane& by,
                         const link::fate& met) = 0;

    /// A datagram was handed to the system. Up: from the socket of the client's flow to the
    /// upstream. Down: from the listening socket to the client. `copy` is 0 for the packet itself,
    /// 1 for its first copy, and so on; `said` is what offered() returned.
    virtual void left(const watched_datagram& what, std::uint32_t copy, const note& said) = 0;

    /// A datagram would have left like this, but could not: too many were on their way, or the
    /// system refused it.
    virtual void undeliverable(const watched_datagram& what, std::uint32_t copy, const note& said,
                               std::string_view reason)
    {
        static_cast<void>(what), static_cast<void>(copy), static_cast<void>(said);
        static_cast<void>(reason);
    }
};

} // namespace badwire::relay
