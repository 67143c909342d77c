// media_frames.hpp: what media streaming (course Q4) puts on the wire.
//
// The framed wire is made of frames (frame.hpp) with the letter M:
//
//   kind      sent by  unit       payload
//   0 ask     client   0          the file's name; sent again until anything comes back
//   1 data    server   0 to N-1   timestamp in µs (8), offset in the file (8), 1 to 2000 bytes
//   2 end     server   N          bytes of the file (8), its SHA-256 (32); sent again until a bye
//   3 report  client   0          units received (4); every half second: the client is still there
//   4 bye     client   0          units received (4): it has the end, and will answer no more
//   5 refuse  server   0          the reason, as text
//
// The session is drawn at random by the client. As in RTP (RFC 3550, section 5.1) the timestamp is
// of the schedule and not of the sending: the first unit's is 0. So the same file, session and seed
// make the same bytes, and the same seed of a link means the same fate for them.
//
// The classic wire is text and bytes: see the constants.
#pragma once

#include <string_view>

#include "impl/net/basics.hpp"
#include "impl/wire/frame.hpp"
#include "impl/wire/sha256.hpp"

namespace badwire::wire {

/// The course's own: the text that ends a stream, and the answer to a name without a file.
inline constexpr std::string_view classic_stream_end = "__STREAM_END__";
inline constexpr std::string_view classic_stream_not_found = "ERR:FILE_NOT_FOUND";

/// Bytes of a datagram's contents, on both wires; the last datagram may have fewer.
inline constexpr std::size_t media_unit_size_min = 1000;
inline constexpr std::size_t media_unit_size_max = 2000;

inline constexpr std::size_t media_name_size_max = 255;

inline constexpr char media_letter = 'M';
enum class media_kind : std::uint8_t { ask, data, end, report, bye, refuse };

/// A view: the contents belong to whoever made it.
struct media_unit {
    net::duration timestamp{}; // since the first unit's
    std::uint64_t offset = 0;
    std::span<const std::byte> contents = {};
};

struct media_end {
    std::uint64_t file_size = 0;
    sha256_digest digest = {};
};

std::vector<std::byte> encode_media(media_kind kind, std::uint32_t session, std::uint32_t unit,
                                    std::span<const std::byte> payload);

// Payloads.
std::vector<std::byte> encode(const media_unit& unit);
std::vector<std::byte> encode(const media_end& end);
std::vector<std::byte> encode_report(std::uint32_t units_received);

/// Nothing when the bytes are cut or too long, or claim an offset that the units before cannot have
/// reached: so no peer makes a receiver write far beyond what was sent.
std::optional<media_unit> decode_media_unit(const frame& from);
std::optional<media_end> decode_media_end(const frame& from);
std::optional<std::uint32_t> decode_report(const frame& from);

/// Bytes a second of a WAV file (RIFF, Microsoft 1991), from its first bytes; nothing for another
/// file, or when its `fmt ` chunk is not among these bytes.
std::optional<std::uint32_t> wav_byte_rate(std::span<const std::byte> beginning);

} // namespace badwire::wire
