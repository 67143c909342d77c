// iterative-server (course 4.6.1): serves one client at a time; the next ones wait for it to end.
#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/apps/shared/sum_service.hpp"

namespace badwire::apps {

namespace {

struct iterative_options : server_options {
    net::duration work = work_per_addition;
};

net::awaitable<void> iterative_server(net::network& network, iterative_options options)
{
    net::tcp_listener listener = listen_tcp(network, options);
    for (;;) {
        net::tcp_stream client = co_await accept(network, listener);
        co_await serve_sum(network, std::move(client), {options.work, options.timeout});
    }
}

} // namespace

std::vector<program> iterative_server_programs()
{
    return {entry<iterative_options>(
        {"iterative-server", "4.6.1", "Adds up 1 to count, slowly, for one client at a time.",
         role::server, serves_for_ever},
        {{.port = 4000, .timeout = std::chrono::seconds(10)}},
        [](option_parser& parser, iterative_options& options) {
            parser.server(options, "a connected client's number");
            parser.duration("--work", options.work, "How long each addition takes");
        },
        iterative_server)};
}

} // namespace badwire::apps
