// classic_reader.hpp: reads the course's own wire of files on connections (wire/classic_files.hpp).
//
// Every function throws net::failure with a reason for people. Not thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "impl/talk/stream.hpp"
#include "impl/wire/classic_files.hpp"

namespace badwire::talk {

/// Exactly `size` bytes, before the stream's deadline.
net::awaitable<std::string> read_exactly(net::tcp_stream& stream, std::size_t size);

/// The name that follows these four bytes. A name that claims more than 4096 bytes is refused.
net::awaitable<std::string> read_classic_name(net::tcp_stream& stream, std::string_view length);

/// Whether an ACK comes before the stream's deadline; anything else is a failure. `got` keeps the
/// part of an ACK that has come. An ACK does not say which unit it is for.
net::awaitable<bool> read_classic_ack(net::tcp_stream& stream, std::string& got);

/// Tells the units of a Q1a sender apart: a unit is over when it is as large as the first unit, or
/// 100 bytes, or when nothing more comes for the quiet time, or at the end of the connection.
class classic_unit_reader {
public:
    explicit classic_unit_reader(net::tcp_stream& stream) : stream_(stream) {}

    /// The next unit; empty at the end of the connection. The stream's deadline limits how long it
    /// waits for the first byte.
    net::awaitable<std::string> next();

    bool ended() const { return ended_; } // the connection

private:
    net::tcp_stream& stream_;
    std::size_t full_ = 0; // bytes of a unit, once the first is known
    bool ended_ = false;
};

} // namespace badwire::talk
