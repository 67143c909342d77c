// transfer.hpp: the framed wire of a file transfer over datagrams: what each datagram looks like.
//
// A frame (frame.hpp) with the letter F. Its kind: 0 open, 1 data, 2 end, 3 ack, 4 refuse, 5 bye.
// Its session is drawn by the sender of the file. Its unit: 0 open, 1 to N the data, N + 1 end; an
// ack names the unit that it answers. Payloads, with big-endian numbers:
//
//   open    unit size (4), file size (8), file name
//   data    the bytes
//   end     file size (8), SHA-256 of the file (32)
//   ack     the lowest unit not seen yet (4), how many units from there the receiver has room for
//           (4), and up to 7 units that it answered most recently before (4 each), so that a lost
//           acknowledgment costs a copy
//   refuse  the reason, as text
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "impl/wire/frame.hpp"
#include "impl/wire/sha256.hpp"

namespace badwire::wire {

enum class datagram_kind : std::uint8_t { open, data, end, ack, refuse, bye };

inline constexpr std::size_t transfer_header_size = frame_header_size;
inline constexpr std::size_t transfer_unit_size_max = 65000;

/// A view: the payload belongs to whoever made it.
struct transfer_datagram {
    datagram_kind kind;
    std::uint32_t session;
    std::uint32_t unit;
    std::span<const std::byte> payload = {};
};

/// Replaces what is in `out`, whose capacity is used again.
void encode(const transfer_datagram& datagram, std::vector<std::byte>& out);

/// Nothing when the bytes are not a framed datagram, or are cut or damaged.
std::optional<transfer_datagram> decode_transfer(std::span<const std::byte> bytes);

/// Whether the bytes start as a framed datagram does, whole or not.
bool has_transfer_magic(std::span<const std::byte> bytes);

struct transfer_open {
    std::uint32_t unit_size;
    std::uint64_t file_size;
    std::string name;

    /// N: how many data units the file makes.
    std::uint64_t units() const { return (file_size + unit_size - 1) / unit_size; }

    /// Bytes of a data unit, 1 to N.
    std::size_t size_of(std::uint32_t unit) const
    {
        return std::min<std::uint64_t>(unit_size, file_size - std::uint64_t{unit - 1} * unit_size);
    }

    friend bool operator==(const transfer_open&, const transfer_open&) = default;
};

std::vector<std::byte> encode(const transfer_open& open);

/// Nothing when the bytes are cut, or promise units of no size, too large, or too many to number.
std::optional<transfer_open> decode_open(std::span<const std::byte> payload);

struct transfer_end {
    std::uint64_t file_size;
    sha256_digest digest;

    friend bool operator==(const transfer_end&, const transfer_end&) = default;
};

std::vector<std::byte> encode(const transfer_end& end);
std::optional<transfer_end> decode_end(std::span<const std::byte> payload);

struct transfer_ack {
    static constexpr std::size_t earlier_max = 7;

    std::uint32_t next;
    std::uint32_t room;
    std::vector<std::uint32_t> earlier = {};

    friend bool operator==(const transfer_ack&, const transfer_ack&) = default;
};

std::vector<std::byte> encode(const transfer_ack& ack);
std::optional<transfer_ack> decode_ack(std::span<const std::byte> payload);

} // namespace badwire::wire
