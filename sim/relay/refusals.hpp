// refusals.hpp: datagrams that came to a port where nobody listens. The system tells it by an ICMP
// message (RFC 1122, section 3.2.2.1), which a socket may ask to read; and where the system lets us
// (as root, or with CAP_NET_RAW), the sender behind the relay is told likewise.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "sim/relay/peer_address.hpp"

namespace badwire::relay {

/// The first bytes of a datagram, by which it is known again.
using datagram_start = std::array<std::byte, 8>;

struct refusal {
    peer_address to;      // where it was sent to
    datagram_start start; // of its payload; zeros where that is shorter
    std::size_t bytes;    // of its payload, or of a bundle's, as far as the message quotes it
    bool cut_short;       // there were more, perhaps
};

/// Asks the kernel to keep refusals for us. Best effort.
void keep_refusals(int socket);
/// The next one, in order; none: no more.
std::optional<refusal> next_refusal(int socket);

/// How many datagrams the kernel has dropped because this socket's buffer was full.
std::uint64_t dropped_by_kernel(int socket);

class refusal_teller {
public:
    refusal_teller();
    ~refusal_teller();
    refusal_teller(const refusal_teller&) = delete;

    /// Tells `from` that nobody took its datagram of so many bytes to `to`, which must not be a
    /// wildcard address.
    void tell(const sockaddr* from, const sockaddr* to, std::size_t bytes) const;

private:
    int v4_, v6_; // raw; -1: not allowed
};

} // namespace badwire::relay
