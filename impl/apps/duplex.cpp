// duplex-server, duplex-client (course 4.2): both ends of one connection speak.
#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/base/address.hpp"
#include "impl/talk/stream.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

constexpr std::uint16_t duplex_port = 3456;
constexpr std::string_view duplex_greeting = "Hello Client, connection established!\n";
constexpr std::string_view duplex_answer = "Thank you Server. I received your message!\n";
constexpr std::size_t duplex_line_bytes_max = 1024;

net::awaitable<void> duplex_server(net::network& network, server_options options)
{
    net::tcp_listener listener = listen_tcp(network, options);
    net::tcp_stream client = co_await accept(network, listener);
    const net::time_point begin = network.now();
    const std::string address = talk::peer_of(client);
    network.console().say("Client connected: {}", address);

    allow(client, options.timeout);
    co_await talk::write_text(client, duplex_greeting);
    const std::string reply = co_await talk::read_message(client, duplex_line_bytes_max);
    network.console().say("Client replied: {}", wire::printable(reply));
    client.close();
    network.metrics().add_served({address, begin, network.now()});
}

net::awaitable<void> duplex_client(net::network& network, client_options options)
{
    const net::time_point begin = network.now();
    net::tcp_stream server = co_await connect(network, options);

    const std::string message = co_await talk::read_message(server, duplex_line_bytes_max);
    network.console().say("Server says: {}", wire::printable(message));
    co_await talk::write_text(server, duplex_answer);
    server.shutdown_send();
    network.metrics().add_made({to_text(server.local_endpoint()), begin, network.now()});
}

} // namespace

std::vector<program> duplex_programs()
{
    return {
        entry<server_options>(
            {"duplex-server", "4.2", "Greets one client and prints its answer.", role::server},
            {.port = duplex_port, .timeout = std::chrono::seconds(10)},
            [](option_parser& parser, server_options& options) {
                parser.server(options, "the connected client's answer");
            },
            duplex_server),
        entry<client_options>(
            {"duplex-client", "4.2", "Prints the server's duplex_greeting and answers it.",
             role::client},
            {.port = duplex_port, .timeout = std::chrono::seconds(10)},
            [](option_parser& parser, client_options& options) {
                parser.client(options, "the server");
            },
            duplex_client),
    };
}

} // namespace badwire::apps
