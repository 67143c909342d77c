// segment.hpp: a TCP segment as coordinates, exact rules, traces and people speak of it: by sequence
// numbers relative to its sender's SYN, which has 0; the first byte of data has 1. Pure.
//
// A segment's canonical bytes are what its coordinate is made of: what is the same in every run with
// the same traffic. Not among them are initial sequence numbers, ports, options (timestamps) and the
// window. Neither are acknowledgment numbers: when an acknowledgment is sent, and what it says
// meanwhile, depends on timers and on how fast programs read, so that with them one acknowledgment
// more would change the fates of all later ones. So pure acknowledgments are told apart by where
// their own sender stands in its stream, and by how many it has sent from there. Of the flags SYN, ACK, FIN and RST are kept: PSH, URG and those of ECN depend on timing.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace badwire::link {

/// The bits of a TCP header's byte of flags that matter here.
namespace tcp_flags {
inline constexpr std::uint8_t fin = 1, syn = 2, rst = 4, ack = 16;
} // namespace tcp_flags

enum class segment_kind : std::uint8_t { syn, syn_ack, data, ack, fin, rst };
/// In the order of segment_kind.
inline constexpr std::array<std::string_view, 6> segment_kinds{"syn", "syn-ack", "data",
                                                               "ack", "fin",     "rst"};
constexpr std::string_view to_string(segment_kind kind)
{
    return segment_kinds[static_cast<std::size_t>(kind)];
}

struct segment {
    /// Those that are part of the coordinate.
    static constexpr std::uint8_t told_flags =
        tcp_flags::fin | tcp_flags::syn | tcp_flags::rst | tcp_flags::ack;

    std::uint64_t sequence = 0; // relative; goes on beyond 2^32
    std::uint32_t bytes = 0;    // of data
    std::uint8_t flags = 0;

    /// A segment may be of two kinds: data with the FIN behind it. A pure acknowledgment has no data
    /// and no other flag.
    bool is(segment_kind kind) const;
    /// A frame that is neither a datagram nor a segment (ARP, ICMP …) is offered as segment{}, which
    /// is of no kind: no exact rule is about it.
    bool neither() const { return bytes == 0 && (flags & told_flags) == 0; }
    /// The number of its first byte of data.
    std::uint64_t first_byte() const { return sequence + (flags & tcp_flags::syn ? 1 : 0); }
    bool operator==(const segment&) const = default;
};

/// "syn", "syn-ack", "data 1:1461" (up to the number after the last byte), "data 1461:1500 fin",
/// "ack", "fin", "rst"; "other" for neither.
std::string words_of(const segment& what);

/// The canonical bytes begin with a header like TCP's: ports and acknowledgment 0, no options, no
/// checksum. The segment's data follows.
inline constexpr std::size_t segment_header_bytes = 20;
std::array<std::byte, segment_header_bytes> canonical_header(const segment& of);

/// All of them.
std::vector<std::byte> canonical_bytes(const segment& of, std::span<const std::byte> data);

/// The data behind the header.
constexpr std::span<const std::byte> data_of(std::span<const std::byte> canonical)
{
    return canonical.subspan(std::min(segment_header_bytes, canonical.size()));
}

/// For those who keep one.
inline std::optional<segment> copied(const segment* of)
{
    return of == nullptr ? std::nullopt : std::optional(*of);
}

/// What a segment must be like.
struct segment_match {
    std::optional<segment_kind> kind{};       // nothing: any
    std::optional<std::uint64_t> from_byte{}; // its data begins with this byte
    std::optional<std::uint64_t> byte{};      // this byte is among its data

    bool holds(const segment& what) const;
    bool operator==(const segment_match&) const = default;
};

} // namespace badwire::link
