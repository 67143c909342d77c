// stream_frames.hpp: the framed wire on a connection: the datagrams of transfer.hpp, one after the
// other. A connection needs no session: its field holds how many bytes of payload follow the
// header.
//
// TCP delivers all of a frame or breaks; the checksum is there for what damages bytes on the way
// beyond TCP's own, such as a relay.
//
// Every function throws net::failure with a reason for people. The stream's deadline (expires_at,
// expires_after) limits how long it waits, for a whole frame if it is not set again: a peer that
// sends a byte now and then does not put it off. Holds one frame in memory.
#pragma once

#include <vector>

#include "impl/net/network.hpp"
#include "impl/wire/stream.hpp"
#include "impl/wire/transfer.hpp"

namespace badwire::wire {

inline constexpr std::size_t frame_payload_max = transfer_unit_size_max + 1000;

/// How many bytes of payload a frame that begins so has. Throws net::failure when no frame begins
/// so, or one that is too long.
std::size_t frame_payload_size(std::span<const std::byte, transfer_header_size> header);

/// Takes frames from a stream. The stream must outlive it.
class frame_reader {
public:
    /// `begun`: what was read of the stream already, to see what its peer speaks.
    explicit frame_reader(net::tcp_stream& stream, std::string_view begun = {});

    /// bytes: `frame` is the next one; its payload is valid until the next call. end: the peer has
    /// closed after a whole frame. quiet: the deadline has passed; what came of a frame is kept.
    net::awaitable<arrival> next(transfer_datagram& frame);

    /// As next, where anything but a frame is a failure.
    net::awaitable<transfer_datagram> expect();

private:
    net::awaitable<arrival> fill(std::size_t size);

    net::tcp_stream& stream_;
    std::vector<std::byte> buffer_; // of the frame that comes
    std::size_t size_ = 0;          // of it that has come
    bool whole_ = false;            // the last frame is still in the buffer
};

/// Writes one frame.
net::awaitable<void> write_frame(net::tcp_stream& stream, datagram_kind kind, std::uint32_t unit,
                                 std::span<const std::byte> payload = {});

} // namespace badwire::wire
