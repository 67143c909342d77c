#include "impl/wire/stream_frames.hpp"

#include <fmt/format.h>

#include "impl/base/bytes.hpp"
#include "impl/net/basics.hpp"

namespace badwire::wire {

namespace {

constexpr std::size_t length_offset = 8; // where a datagram has its session

} // namespace

std::size_t frame_payload_size(std::span<const std::byte, transfer_header_size> header)
{
    if (!has_transfer_magic(header))
        throw net::failure("what came is not of the framed wire; does the peer speak the classic "
                           "one? (--wire classic)");
    const std::size_t size = load_big<std::uint32_t>(header, length_offset);
    if (size > frame_payload_max)
        throw net::failure(fmt::format("refused a frame of {} bytes; at most {} are allowed", size,
                                       frame_payload_max));
    return size;
}

std::vector<std::byte> encode_stream_frame(datagram_kind kind, std::uint32_t unit,
                                           std::span<const std::byte> payload)
{
    std::vector<std::byte> bytes;
    encode({kind, static_cast<std::uint32_t>(payload.size()), unit, payload}, bytes);
    return bytes;
}

} // namespace badwire::wire
