// stream.hpp: messages on sockets, read with care.
//
// TCP keeps no message boundaries and the course's senders mark none: a message may come in any
// number of pieces, and may end with a newline, with the end of the connection, or without any sign
// because its sender now waits for the answer. UDP keeps boundaries, but cuts long datagrams.
//
// Every function throws net::failure with a reason for people. The deadline of the socket
// (expires_after) limits how long it waits for a first byte.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "impl/net/network.hpp"

namespace badwire::talk {

/// A stream that is silent for so long has ended its unmarked message. Nagle's algorithm and a
/// delayed acknowledgment together hold back the second half of a message for less time.
inline constexpr net::duration quiet_time = std::chrono::milliseconds(250);

/// The other end's address, or "the peer" where the connection is gone already.
std::string peer_of(const net::tcp_stream& stream);

/// The failure to throw when the stream's deadline has passed.
net::failure silence_of(const net::tcp_stream& stream);

enum class arrival { bytes, end, quiet };

/// Appends what comes next, at most `most` bytes, to `text`; says whether bytes came, the peer has
/// closed, or the deadline passed. The last two are failures as long as `text` is empty.
net::awaitable<arrival> read_more(net::tcp_stream& stream, std::string& text, std::size_t most);

/// One message of at most `limit` bytes. It ends at a newline (dropped, as is a '\r' before it), at
/// the end of the connection, or, once a byte has come, when nothing more comes for `quiet`. What
/// follows a newline in the same piece is dropped: on the course's wires nothing does. The stream's
/// deadline holds for all of it; no deadline is left on the stream.
net::awaitable<std::string> read_message(net::tcp_stream& stream, std::size_t limit,
                                         net::duration quiet = quiet_time);

/// All up to the end of the connection, at most `limit` bytes. Leaves no deadline on the stream.
net::awaitable<std::string> read_to_end(net::tcp_stream& stream, std::size_t limit);

/// Writes all of `text`, which must live until this completes.
net::awaitable<void> write_text(net::tcp_stream& stream, std::string_view text);

/// One datagram of at most `limit` bytes; a longer one is an error, never cut.
net::awaitable<std::string> receive_datagram(net::udp_socket& socket, std::size_t limit,
                                             net::udp::endpoint& sender);

/// Sends one datagram.
net::awaitable<void> send_datagram(net::udp_socket& socket, std::span<const std::byte> datagram,
                                   const net::udp::endpoint& to);

} // namespace badwire::talk
