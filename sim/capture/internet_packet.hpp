// internet_packet.hpp: the IP packet that a datagram or a segment travelled in, made again for a
// capture. A relay sees payloads and addresses; the headers are synthesised: IPv4 or IPv6 with UDP
// or TCP, correct lengths, and checksums that complete_checksums() fills in later (on another thread, if need be).
//
// Limits: what a relay cannot know is made up: a TTL of 64, no options, never fragmented. Between
// an IPv4 and an IPv6 address the packet is IPv6, with the IPv4 address mapped (::ffff:a.b.c.d).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <sys/socket.h>

namespace badwire::capture {

inline constexpr std::size_t ipv4_header_bytes = 20, ipv6_header_bytes = 40, udp_header_bytes = 8;
inline constexpr std::size_t tcp_header_bytes = 20, tcp_options_bytes = 12; // of a request
inline constexpr std::size_t headers_bytes_max =
    ipv6_header_bytes + tcp_header_bytes + tcp_options_bytes;
/// The most bytes that fit into one datagram over IPv6; over IPv4 20 bytes fewer fit.
inline constexpr std::size_t payload_bytes_max = 65'535 - udp_header_bytes;

/// Writes the headers of a datagram with that much payload (at most what fits) to `out`, which has
/// room for headers_bytes_max; the checksums are 0. The addresses are AF_INET or AF_INET6. Returns
/// how many bytes the headers take. `ecn`: the codepoint of RFC 3168.
std::size_t write_headers(std::byte* out, const sockaddr* from, const sockaddr* to,
                          std::size_t payload_bytes, std::uint8_t ecn = 0);

/// What the header of a segment says.
struct tcp_fields {
    std::uint32_t sequence = 0, acknowledgment = 0;
    bool syn = false, acknowledges = false, end = false, reset = false, push = false;
};
/// The same of a segment. A request has the options of a segment size of 1460, a window scale and
/// selective acknowledgments; the window is the largest.
std::size_t write_headers(std::byte* out, const sockaddr* from, const sockaddr* to,
                          std::size_t payload_bytes, const tcp_fields& tcp);

/// Fills in the checksums of a packet whose headers write_headers() wrote.
void complete_checksums(std::span<std::byte> packet);

/// The Internet checksum (RFC 1071) of `bytes` with `sum` added, in the machine's byte order and
/// not yet complemented: an odd number of bytes is padded with a zero.
std::uint16_t ones_complement_sum(std::span<const std::byte> bytes, std::uint64_t sum = 0);

} // namespace badwire::capture
