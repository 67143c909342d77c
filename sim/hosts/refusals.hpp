// refusals.hpp: what an ICMP error says of a datagram that nobody took (RFC 792, RFC 4443). Pure; any bytes
// may be given.
#pragma once

#include <optional>

#include "sim/hosts/frame.hpp"

namespace badwire::hosts {

struct refused_datagram {
    boost::asio::ip::address from{}, to{};
    std::uint16_t to_port = 0;
    std::size_t bytes = 0; // of its payload
};

/// Of a frame that says that the port of a UDP datagram is bound by nobody; nothing of any other.
std::optional<refused_datagram> refused_in(std::span<const std::byte> bytes, const frame& parsed);

} // namespace badwire::hosts
