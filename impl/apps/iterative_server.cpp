// iterative-server (course 4.6.1): serves one client at a time; the next ones wait for it to end.
#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/apps/shared/serve_each.hpp"
#include "impl/apps/shared/sum_service.hpp"

namespace badwire::apps {

namespace {

struct iterative_options : server_options {
    net::duration work = work_per_addition;
    std::int64_t room = 0; // 0: without limit
};

net::awaitable<void> iterative_server(net::network& network, iterative_options options)
{
    net::tcp_listener listener = listen_tcp(network, options);
    const sum_work work{options.work, options.timeout};
    if (options.room > 0)
        co_await serve_each(
            network, listener, {1, room_for(options.room)},
            [&](net::tcp_stream client) { return serve_sum(network, std::move(client), work); });
    for (;;) {
        net::tcp_stream client = co_await accept(network, listener);
        co_await serve_sum(network, std::move(client), work);
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
            parser.number("--room", options.room, 0, 1'000'000, room_help);
        },
        iterative_server)};
}

} // namespace badwire::apps
