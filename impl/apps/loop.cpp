// loop-server, loop-client (course 4.3): one client after the other, for ever. While one is served,
// the next ones wait in the listening socket's queue, first come first served.
#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/base/address.hpp"
#include "impl/talk/stream.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

constexpr std::uint16_t loop_port = 3456;
constexpr std::string_view loop_greeting = "Hello! You are connected to the iterative server.\n";
constexpr std::string_view thanks = "Thanks Server!"; // no newline: the client closes after this
constexpr std::size_t loop_line_bytes_max = 256;

net::awaitable<void> serve(net::network& network, net::tcp_stream client, net::duration timeout)
{
    const net::time_point begin = network.now();
    const std::string address = talk::peer_of(client);
    allow(client, timeout);
    co_await talk::write_text(client, loop_greeting);
    const std::string reply = co_await talk::read_message(client, loop_line_bytes_max);
    network.console().say("Client {} says: {}", address, wire::printable(reply));
    client.close();
    network.metrics().add_served({address, begin, network.now()});
    network.metrics().add("messages");
}

net::awaitable<void> loop_server(net::network& network, server_options options)
{
    net::tcp_listener listener = listen_tcp(network, options);
    for (;;) {
        net::tcp_stream client = co_await accept(network, listener);
        try {
            co_await serve(network, std::move(client), options.timeout);
        } catch (const net::failure& failure) { // one bad client does not end the server
            if (network.stopped()) throw;
            network.console().complain("client not served: {}", failure.what());
        }
    }
}

net::awaitable<void> loop_client(net::network& network, client_options options)
{
    const net::time_point begin = network.now();
    net::tcp_stream server = co_await connect(network, options);

    const std::string message = co_await talk::read_message(server, loop_line_bytes_max);
    network.console().say("Server says: {}", wire::printable(message));
    co_await talk::write_text(server, thanks);
    server.shutdown_send();
    network.metrics().add_made({to_text(server.local_endpoint()), begin, network.now()});
}

} // namespace

std::vector<program> loop_programs()
{
    return {
        entry<server_options>(
            {"loop-server", "4.3", "Greets one client after the other, for ever.", role::server,
             serves_for_ever},
            {.port = loop_port, .timeout = std::chrono::seconds(10)},
            [](option_parser& parser, server_options& options) {
                parser.server(options, "a connected client's answer");
            },
            loop_server),
        entry<client_options>(
            {"loop-client", "4.3", "Waits its turn, prints the loop_greeting and says thanks.",
             role::client},
            {.port = loop_port},
            [](option_parser& parser, client_options& options) {
                parser.client(options, "one's turn");
            },
            loop_client),
    };
}

} // namespace badwire::apps
