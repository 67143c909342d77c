// frame.hpp: what a framed datagram looks like; file transfer, chat and streaming share this, each
// with a letter of its own.
//
//   offset 0   4 bytes  magic: BD 'W' LETTER 01. BD never starts UTF-8 text, so a program can tell
//                       a framed datagram from the course's classic ones
//          4   1        kind: the system's own
//          5   3        reserved, zero: no text holds a NUL, so that even a damaged frame is no
//                          text
//          8   4        session: drawn at random by the sender
//         12   4        unit: a number in sequence
//         16   4        checksum: low 32 bits of XXH3 (64) of the datagram with this field zero
//         20            payload
//
// All numbers are big-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace badwire::wire {

inline constexpr std::size_t frame_header_size = 20;
inline constexpr std::size_t datagram_size_max = 65507; // UDP over IPv4

/// A view: the payload belongs to whoever made it.
struct frame {
    std::uint8_t kind;
    std::uint32_t session;
    std::uint32_t unit;
    std::span<const std::byte> payload = {};
};

/// The second function replaces what is in `out`, whose capacity is used again.
std::vector<std::byte> encode_frame(char letter, const frame& what);
void encode_frame(char letter, const frame& what, std::vector<std::byte>& out);

/// Nothing when the bytes are not such a frame, or are cut or damaged.
std::optional<frame> decode_frame(char letter, std::span<const std::byte> bytes);

/// Whether the bytes start as a frame of that letter does, whole or not.
bool has_frame_magic(char letter, std::span<const std::byte> bytes);

/// Whether bytes that are not a whole frame were a frame before the network damaged them.
bool was_frame(char letter, std::span<const std::byte> bytes);

/// The checksum of a frame, or of another datagram of at least that size with a checksum at 16.
std::uint32_t frame_checksum(std::span<const std::byte> bytes);

/// Whether bytes that are not a frame may be a classic peer's text.
bool may_be_text(std::span<const std::byte> bytes);

} // namespace badwire::wire
