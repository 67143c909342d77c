// calculator-server, calculator-client (course Q3): a calculator behind a connection.
#include "impl/wire/calculator.hpp"
#include "impl/base/address.hpp"

#include <boost/asio/redirect_error.hpp>

#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/apps/shared/serve_each.hpp"
#include "impl/talk/stream.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

constexpr std::uint16_t calculator_port = 45200;

// Reads one request, answers it and closes.
net::awaitable<void> serve_calculation(net::network& network, net::tcp_stream client,
                                       net::duration timeout)
{
    const net::time_point begin = network.now();
    const std::string address = talk::peer_of(client);
    try {
        allow(client, timeout);
        const std::string request = co_await talk::read_message(client, wire::calculator_bytes_max);
        const std::string answer = wire::calculate(request);
        allow(client, timeout);
        co_await talk::write_text(client, answer);
        client.close();

        network.console().say("{}: {} = {}", address, wire::printable(request), answer);
        network.metrics().add_served({address, begin, network.now()});
        network.metrics().add("messages");
        if (answer.starts_with(wire::calculator_error)) network.metrics().add("refused");
    } catch (const std::exception& error) {
        if (network.stopped()) throw;
        network.console().complain("client {} not served: {}", address, error.what());
    }
}

net::awaitable<void> calculator_server(net::network& network, server_options options)
{
    net::tcp_listener listener = listen_tcp(network, options);
    co_await serve_each(network, listener, {any_number}, [&](net::tcp_stream client) {
        return serve_calculation(network, std::move(client), options.timeout);
    });
}

struct calculator_options : client_options {
    std::string first = {};
    std::string sign = {};
    std::string second = {};
};

net::awaitable<std::string> ask_calculation(net::network& network)
{
    network.console().prompt("Enter A OP B, such as 7 / -2: ");
    net::error_code error;
    const std::string line = co_await network.console().async_read_line(
        net::asio::redirect_error(net::asio::use_awaitable, error));
    if (error || wire::trimmed(line).empty())
        throw net::failure("nothing to calculate was entered; enter it, or give A OP B");
    co_return std::string(wire::trimmed(line));
}

net::awaitable<void> calculator_client(net::network& network, calculator_options options)
{
    std::string request = fmt::format("{} {} {}", options.first, options.sign, options.second);
    if (options.first.empty()) request = co_await ask_calculation(network);
    const net::time_point begin = network.now();
    net::tcp_stream server = co_await connect(network, options);
    const std::string address = to_text(server.local_endpoint());
    co_await talk::write_text(server, request);
    server.shutdown_send();

    const std::string text = co_await talk::read_to_end(server, wire::calculator_bytes_max);
    const std::string answer = wire::printable(wire::trimmed(text));
    network.metrics().add_made({address, begin, network.now()});
    network.metrics().add("messages");
    if (answer.starts_with(wire::calculator_error))
        throw net::failure("the server refused: " + answer.substr(wire::calculator_error.size()));
    network.console().say("Result: {}", answer);
}

} // namespace

std::vector<program> calculator_programs()
{
    return {
        entry<server_options>(
            {"calculator-server", "Q3",
             "Calculates with integers of any size, for many clients at once.", role::server,
             serves_for_ever},
            {.port = calculator_port, .timeout = std::chrono::seconds(10)},
            [](option_parser& parser, server_options& options) {
                parser.server(options, "a connected client's calculation");
            },
            calculator_server),
        entry<calculator_options>(
            {"calculator-client", "Q3", "Has one calculation done.", role::client},
            {{.port = calculator_port, .timeout = std::chrono::seconds(10)}},
            [](option_parser& parser, calculator_options& options) {
                parser.client(options, "the answer");
                parser.text("A", options.first,
                            "An integer, at most 4300 digits; asked for if not given");
                parser.text("OP", options.sign,
                            "One of * / % + -; the shell wants some of them quoted. Division "
                            "rounds down, the remainder has the divisor's sign");
                parser.text("B", options.second, "An integer");
                parser.afterwards([&] {
                    if (!options.first.empty() && options.second.empty())
                        parser.reject("give A, OP and B, or none of them; then the program asks");
                });
            },
            calculator_client),
    };
}

} // namespace badwire::apps
