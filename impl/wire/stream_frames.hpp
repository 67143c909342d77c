// stream_frames.hpp: the framed wire on a connection: the datagrams of transfer.hpp, one after the
// other. A connection needs no session: that field holds how many bytes of payload follow the
// header.
//
// TCP delivers all of a frame or breaks; the checksum finds damage beyond TCP's own checksum, such
// as a relay's. talk/frame_reader.hpp reads frames from a socket.
#pragma once

#include "impl/wire/transfer.hpp"

namespace badwire::wire {

inline constexpr std::size_t frame_payload_max = transfer_unit_size_max + 1000;

/// How many bytes of payload a frame with this header has. Throws net::failure when this is no
/// header, or claims too many.
std::size_t frame_payload_size(std::span<const std::byte, transfer_header_size> header);

/// One frame, as it travels.
std::vector<std::byte> encode_stream_frame(datagram_kind kind, std::uint32_t unit,
                                           std::span<const std::byte> payload = {});

} // namespace badwire::wire
