// stream_frames.hpp: the framed wire on a connection: the datagrams of transfer.hpp, one after the
// other. A connection needs no session: its field holds how many bytes of payload follow the
// header.
//
// TCP delivers all of a frame or breaks; the checksum is there for what damages bytes on the way
// beyond TCP's own, such as a relay. talk/frame_reader.hpp takes them from a socket.
#pragma once

#include "impl/wire/transfer.hpp"

namespace badwire::wire {

inline constexpr std::size_t frame_payload_max = transfer_unit_size_max + 1000;

/// How many bytes of payload a frame that begins so has. Throws net::failure when no frame begins
/// so, or one that is too long.
std::size_t frame_payload_size(std::span<const std::byte, transfer_header_size> header);

/// One frame, as it travels.
std::vector<std::byte> encode_stream_frame(datagram_kind kind, std::uint32_t unit,
                                           std::span<const std::byte> payload = {});

} // namespace badwire::wire
