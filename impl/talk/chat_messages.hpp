// chat_messages.hpp: the messages of a chat on a connection, as typed up to Enter.
//
// The course's programs write what was typed and wait for the answer: nothing marks the end of a
// message, so silence does (talk::quiet_time). A peer that ends one message with a newline does so
// with all; then silence means nothing, and the peer is answered with newlines, too. An empty
// message can only be sent with a newline, and then all later messages have one. Not thread-safe.
#pragma once

#include <optional>
#include <string>

#include "impl/net/network.hpp"

namespace badwire::talk {

class chat_messages {
public:
    /// `stream` must live as long as this. A longer message than `limit` bytes is a failure.
    chat_messages(net::tcp_stream& stream, std::size_t limit) : stream_(stream), limit_(limit) {}

    /// The next message without its newline; nothing when the peer has closed. Throws net::failure
    /// when the connection was cut.
    net::awaitable<std::optional<std::string>> next();

    /// The bytes of a message to the peer.
    std::string bytes_of(std::string message);

private:
    std::optional<std::string> take_line();

    net::tcp_stream& stream_;
    std::size_t limit_;
    std::string buffer_;
    bool peer_marks_ends_ = false;
    bool marks_ends_ = false;
};

} // namespace badwire::talk
