// sum-client (course 4.6): asks the iterative or the concurrent server for the sum of 1 to count.
#include <boost/asio/redirect_error.hpp>

#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/base/address.hpp"
#include "impl/talk/stream.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

constexpr std::size_t answer_bytes_max = 32;

struct sum_client_options : client_options {
    std::optional<std::int64_t> count = {};
};

net::awaitable<std::int64_t> ask_count(net::network& network)
{
    network.console().prompt("Enter count: ");
    net::error_code error;
    const std::string line = co_await network.console().async_read_line(
        net::asio::redirect_error(net::asio::use_awaitable, error));
    const auto count = wire::parse_number<std::int64_t>(wire::trimmed(line));
    if (error || !count)
        throw net::failure("no whole number was entered; enter one, or use --count");
    co_return *count;
}

net::awaitable<void> sum_client(net::network& network, sum_client_options options)
{
    if (!options.count) options.count = co_await ask_count(network);
    const std::string request = std::to_string(*options.count);

    const net::time_point begin = network.now();
    net::tcp_stream server = co_await connect(network, options);
    const std::string address = to_text(server.local_endpoint());
    co_await talk::write_text(server, request);
    server.shutdown_send();

    const std::string answer = co_await talk::read_to_end(server, answer_bytes_max);
    network.metrics().add_made({address, begin, network.now()});
    network.metrics().add("messages");
    network.console().say("Sum: {}", wire::printable(wire::trimmed(answer)));
}

} // namespace

std::vector<program> sum_client_programs()
{
    return {entry<sum_client_options>(
        {"sum-client", "4.6", "Asks a server for the sum of 1 to count.", role::client},
        {{.port = 4000}},
        [](option_parser& parser, sum_client_options& options) {
            parser.client(options, "the answer");
            parser.number("--count", options.count, INT64_MIN, INT64_MAX,
                          "Up to where to add; asked for if it is not given");
        },
        sum_client)};
}

} // namespace badwire::apps
