// traffic_class.hpp: the byte of the IP header that programs set and read: IPv4's type of service,
// IPv6's traffic class, with the ECN codepoint in its last two bits (RFC 3168). As Linux has it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace badwire::guest {

/// Of IP_TOS and IPV6_TCLASS: which byte the socket's datagrams have from now on; what `before` it
/// was. A stream's codepoint is its own matter (`of_stream`). Nothing: EINVAL.
std::optional<std::uint8_t> parse_traffic_class(int name, std::span<const std::byte> value,
                                                bool of_stream, std::uint8_t before);

/// What the ancillary data of a message asks for; the errno is EINVAL where it is malformed.
struct asked_class {
    int error = 0;
    std::optional<std::uint8_t> value{};
};
asked_class parse_control(std::span<const std::byte> control, bool to_v6);

} // namespace badwire::guest
