// conversation.hpp: two people on one connection, in turn: the same code for both ends of the chat
// over TCP (course Q5a).
#pragma once

#include "impl/net/network.hpp"
#include "impl/wire/turns.hpp"

namespace badwire::apps {

inline constexpr std::size_t chat_message_bytes_max = 64 << 10;

struct conversation {
    std::string other; // what the other side is called: "Server"
    wire::turn first;
    net::duration timeout{}; // for the other's message; 0: for ever
};

/// Sends typed lines and prints messages that come in, until either side ends; then closes. Throws
/// net::failure when the connection was lost or the other side kept silent for too long. Returns
/// when the program was stopped: that is how a chat ends.
net::awaitable<void> converse(net::network& network, net::tcp_stream& peer,
                              const conversation& with);

} // namespace badwire::apps
