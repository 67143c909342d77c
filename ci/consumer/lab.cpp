// A protocol of your own, as two programs of a command of your own: knock-client knocks until
// knock-server answers. knock.json runs them, on every network.
#include <boost/asio/redirect_error.hpp>

#include "harness/command/badwire_main.hpp"
#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/options.hpp"

using namespace badwire;
using net::asio::redirect_error;
using net::asio::use_awaitable;

net::awaitable<void> knock_server(net::network& network, apps::server_options options)
{
    net::udp_socket socket = apps::listen_udp(network, options);
    char knock[64];
    net::udp::endpoint from;
    for (;;) {
        const auto size = co_await socket.async_receive_from(net::asio::buffer(knock), from);
        network.metrics().add("knocks");
        co_await socket.async_send_to(net::asio::buffer(knock, size), from);
    }
}

struct knock_options : apps::client_options {
    std::int64_t doors = 10;
    net::duration patience = std::chrono::milliseconds(200);
};

net::awaitable<void> knock_client(net::network& network, knock_options options)
{
    const net::udp::endpoint server = apps::udp_peer(network, options);
    net::udp_socket socket = apps::open_udp(network, server);
    for (std::int64_t door = 1; door <= options.doors;) {
        net::error_code silence;
        net::udp::endpoint from;
        std::int64_t answered = 0;
        co_await socket.async_send_to(net::asio::buffer(&door, sizeof door), server);
        network.metrics().add("knocks");
        socket.expires_after(options.patience);
        co_await socket.async_receive_from(net::asio::buffer(&answered, sizeof answered), from,
                                           redirect_error(use_awaitable, silence));
        if (answered == door) ++door; // a late answer is for a door that is open already
    }
    network.console().say("{} doors opened", options.doors);
}

int main(int argc, char** argv)
{
    using apps::option_parser;
    using apps::role;
    return badwire::main(
        argc, argv,
        {apps::entry<apps::server_options>(
             {"knock-server", "own", "Opens a door for every knock.", role::server,
              apps::serves_for_ever},
             {.port = 7100},
             [](option_parser& parser, apps::server_options& options) { parser.listener(options); },
             knock_server),
         apps::entry<knock_options>(
             {"knock-client", "own", "Knocks at doors until they open.", role::client},
             {{.port = 7100}},
             [](option_parser& parser, knock_options& options) {
                 parser.client(options);
                 parser.number("--doors", options.doors, 1, 1000, "How many doors");
                 parser.duration("--patience", options.patience, "When to knock again");
             },
             knock_client)});
}
