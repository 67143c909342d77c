// frame_reader.hpp: frames of a transfer (wire/stream_frames.hpp) from and to a connection.
//
// Every function throws net::failure with a reason for people. The stream's deadline (expires_at,
// expires_after) limits how long it waits, for a whole frame unless it is set again: a peer that
// sends a byte now and then gains no time. Holds one frame in memory. Not thread-safe.
#pragma once

#include <vector>

#include "impl/net/network.hpp"
#include "impl/talk/stream.hpp"
#include "impl/wire/stream_frames.hpp"

namespace badwire::talk {

/// Takes frames from a stream. The stream must outlive it.
class frame_reader {
public:
    /// `begun`: bytes that were read from the stream before, to see which wire its peer speaks.
    explicit frame_reader(net::tcp_stream& stream, std::string_view begun = {});

    /// bytes: `frame` is the next one; its payload is valid until the next call. end: the peer has
    /// closed after a whole frame. quiet: the deadline has passed; the begun frame is kept.
    net::awaitable<arrival> next(wire::transfer_datagram& frame);

    /// As next(), but anything other than a frame is a failure.
    net::awaitable<wire::transfer_datagram> expect();

private:
    net::awaitable<arrival> fill(std::size_t size);

    net::tcp_stream& stream_;
    std::vector<std::byte> buffer_; // of the frame that is coming in
    std::size_t size_ = 0;          // how many of its bytes have come
    bool whole_ = false;            // the last frame is still in the buffer
};

/// Writes one frame.
net::awaitable<void> write_frame(net::tcp_stream& stream, wire::datagram_kind kind,
                                 std::uint32_t unit, std::span<const std::byte> payload = {});

} // namespace badwire::talk
