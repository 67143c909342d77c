// tcp-chat-server, tcp-chat-client (course Q5a): two people write to each other in turn. The client
// begins; the next message may be sent after the reply; Ctrl+C or Ctrl+D on either side ends it.
#include "impl/apps/shared/conversation.hpp"
#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/base/address.hpp"
#include "impl/talk/stream.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

constexpr std::uint16_t tcp_chat_port = 46000;

net::awaitable<void> tcp_chat_server(net::network& network, server_options options)
{
    net::tcp_listener listener = listen_tcp(network, options);
    net::tcp_stream client = co_await accept(network, listener);
    listener.close(); // a chat is between two: later clients are refused
    network.console().say("Client connected: {}", talk::peer_of(client));
    const conversation with{"client", wire::turn::theirs, options.timeout};
    co_await converse(network, client, with);
}

struct chat_client_options : client_options {
    net::duration connect_timeout = std::chrono::seconds(10);
};

net::awaitable<void> tcp_chat_client(net::network& network, chat_client_options options)
{
    client_options at = options;
    at.timeout = options.connect_timeout;
    net::tcp_stream server = co_await connect(network, at);
    network.console().say("Connected to {}; you begin, Ctrl+D ends.",
                          to_text(server.remote_endpoint()));
    const conversation with{"server", wire::turn::mine, options.timeout};
    co_await converse(network, server, with);
}

} // namespace

std::vector<program> tcp_chat_programs()
{
    return {
        entry<server_options>(
            {"tcp-chat-server", "Q5a", "Writes with one client, in turn.", role::server},
            {.port = tcp_chat_port},
            [](option_parser& parser, server_options& options) {
                parser.server(options, "the other side's message");
            },
            tcp_chat_server),
        entry<chat_client_options>(
            {"tcp-chat-client", "Q5a", "Writes with a chat server, in turn, and begins.",
             role::client},
            {{.port = tcp_chat_port}},
            [](option_parser& parser, chat_client_options& options) {
                parser.client(options, "the other side's message");
                parser.duration("--connect-timeout", options.connect_timeout,
                                "How long to wait for the connection; 0: for ever");
            },
            tcp_chat_client),
    };
}

} // namespace badwire::apps
