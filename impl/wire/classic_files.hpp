// classic_files.hpp: the course's own wire of FTP over TCP (Q1a) and of the file server (Q2).
//
// Both begin with the length of the file's name (4 bytes, big-endian) and the name. In Q1a units of
// at most 100 bytes follow, each answered by ACK, and last __END__. TCP keeps no unit's borders:
// where one ends is guessed from its size and from silence.
//
// Every function throws net::failure with a reason for people.
#pragma once

#include <string>
#include <string_view>

#include "impl/net/network.hpp"
#include "impl/wire/stream.hpp"

namespace badwire::wire {

inline constexpr std::size_t classic_name_max = 4096;
inline constexpr std::size_t classic_unit_max = 100;
inline constexpr std::string_view classic_end = "__END__";
inline constexpr std::string_view classic_ack = "ACK";
inline constexpr std::string_view classic_ok = "OK";
inline constexpr std::string_view classic_not_found = "ERR:FILE_NOT_FOUND";

/// Exactly `size` bytes, before the stream's deadline.
net::awaitable<std::string> read_exactly(net::tcp_stream& stream, std::size_t size);

/// Length and name, as they travel.
std::string classic_name(std::string_view name);

/// The name that follows these four bytes. A name that claims more than 4096 bytes is refused.
net::awaitable<std::string> read_classic_name(net::tcp_stream& stream, std::string_view length);

/// Whether an ACK comes before the stream's deadline; anything else is a failure. `got` keeps what
/// came of it. An ACK does not say which unit it is for.
net::awaitable<bool> read_classic_ack(net::tcp_stream& stream, std::string& got);

/// Tells the units of a Q1a sender apart: a unit is over when it is as large as the first was, or
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

} // namespace badwire::wire
