// connection-server, connection-client (course 4.1): a welcome over a connection.
#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/base/address.hpp"
#include "impl/talk/stream.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

constexpr std::uint16_t connection_port = 3456;
constexpr std::string_view welcome = "Welcome! You have successfully connected to the server.\n";
constexpr std::size_t connection_line_bytes_max = 1024;

net::awaitable<void> connection_server(net::network& network, server_options options)
{
    net::tcp_listener listener = listen_tcp(network, options);
    allow(listener, options.timeout);

    net::tcp_stream client = co_await accept(network, listener);
    const net::time_point begin = network.now();
    const std::string address = talk::peer_of(client);
    network.console().say("Client connected: {}", address);

    co_await talk::write_text(client, welcome);
    client.close();
    network.metrics().add_served({address, begin, network.now()});
    network.metrics().add("sent_bytes", static_cast<std::int64_t>(welcome.size()));
}

net::awaitable<void> connection_client(net::network& network, client_options options)
{
    const net::time_point begin = network.now();
    net::tcp_stream server = co_await connect(network, options);

    const std::string message = co_await talk::read_message(server, connection_line_bytes_max);
    network.console().say("Server says: {}", wire::printable(message));
    network.metrics().add_made({to_text(server.local_endpoint()), begin, network.now()});
}

} // namespace

std::vector<program> connection_programs()
{
    return {
        entry<server_options>(
            {"connection-server", "4.1", "Welcomes one client and ends.", role::server},
            {.port = connection_port},
            [](option_parser& parser, server_options& options) {
                parser.server(options, "a client");
            },
            connection_server),
        entry<client_options>(
            {"connection-client", "4.1", "Connects and prints the welcome.", role::client},
            {.port = connection_port, .timeout = std::chrono::seconds(10)},
            [](option_parser& parser, client_options& options) {
                parser.client(options, "the server");
            },
            connection_client),
    };
}

} // namespace badwire::apps
