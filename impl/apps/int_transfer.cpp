// int-server, int-client (course 4.5): two integers travel as decimal text and are added.
#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/talk/stream.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

constexpr std::uint16_t int_transfer_port = 6000;
constexpr std::size_t int_transfer_line_bytes_max = 64;

__extension__ using wide = __int128; // no sum of two 64-bit integers overflows it

// "12 30": two integers, blanks between.
std::pair<std::int64_t, std::int64_t> parse_pair(std::string_view text)
{
    const std::string_view pair = wire::trimmed(text);
    const std::size_t blank = std::min(pair.find(' '), pair.size());
    const auto first = wire::parse_number<std::int64_t>(pair.substr(0, blank));
    const auto second = wire::parse_number<std::int64_t>(wire::trimmed(pair.substr(blank)));
    if (!first || !second)
        throw net::failure(fmt::format("the client sent \"{}\", not two integers of 64 bits with a "
                                       "space between",
                                       wire::printable(text)));
    return {*first, *second};
}

net::awaitable<void> int_server(net::network& network, server_options options)
{
    net::tcp_listener listener = listen_tcp(network, options);
    net::tcp_stream client = co_await accept(network, listener);

    allow(client, options.timeout);
    const std::string text = co_await talk::read_message(client, int_transfer_line_bytes_max);
    client.close();
    const auto [first, second] = parse_pair(text);
    network.console().say("First integer: {}", first);
    network.console().say("Second integer: {}", second);
    network.console().say("Sum: {}", wide{first} + wide{second});
    network.metrics().add("messages");
}

struct int_client_options : client_options {
    std::int64_t first = 12;
    std::int64_t second = 30;
};

net::awaitable<void> int_client(net::network& network, int_client_options options)
{
    net::tcp_stream server = co_await connect(network, options);
    const std::string text = fmt::format("{} {}", options.first, options.second);
    co_await talk::write_text(server, text);
    server.shutdown_send();
    network.console().say("Integers sent: {}", text);
    network.metrics().add("messages");
    network.metrics().add("sent_bytes", static_cast<std::int64_t>(text.size()));
}

} // namespace

std::vector<program> int_transfer_programs()
{
    return {
        entry<server_options>(
            {"int-server", "4.5", "Receives two integers and prints their sum.", role::server},
            {.port = int_transfer_port, .timeout = std::chrono::seconds(10)},
            [](option_parser& parser, server_options& options) {
                parser.server(options, "the connected client's integers");
            },
            int_server),
        entry<int_client_options>(
            {"int-client", "4.5", "Sends two integers.", role::client},
            {{.port = int_transfer_port, .timeout = std::chrono::seconds(10)}},
            [](option_parser& parser, int_client_options& options) {
                parser.client(options, "the server");
                parser.number("A", options.first, INT64_MIN, INT64_MAX, "The first integer");
                parser.number("B", options.second, INT64_MIN, INT64_MAX, "The second integer");
            },
            int_client),
    };
}

} // namespace badwire::apps
