// message_reader.hpp: the messages of a chat on a connection, one line each.
//
// Two kinds of peers: those that end a message with a newline, and the course's that write what was
// typed and wait. Until the first newline, silence ends a message too (wire::quiet_time); a peer
// that has marked one message marks them all, and then silence means nothing. Not thread-safe.
#pragma once

#include <optional>
#include <string>

#include "impl/net/network.hpp"

namespace badwire::wire {

class message_reader {
public:
    /// `stream` must live as long as this. A longer message than `limit` bytes is a failure.
    message_reader(net::tcp_stream& stream, std::size_t limit) : stream_(stream), limit_(limit) {}

    /// The next message without its newline; nothing when the peer has closed. Throws net::failure
    /// when the connection was cut.
    net::awaitable<std::optional<std::string>> next();

private:
    std::optional<std::string> take_line();

    net::tcp_stream& stream_;
    std::size_t limit_;
    std::string buffer_;
    bool marks_ends_ = false;
};

} // namespace badwire::wire
