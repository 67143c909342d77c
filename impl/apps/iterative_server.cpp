// iterative-server (course 4.6.1): serves one client at a time; the next ones wait for its end.
#include "impl/apps/shared/catalogue.hpp"
#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/apps/shared/sum_service.hpp"

namespace badwire::apps {

namespace {

net::awaitable<void> iterative_server(net::network& network, server_options options, sum_work work)
{
    net::tcp_listener listener = listen_tcp(network, options);
    for (;;) {
        net::tcp_stream client = co_await accept(network, listener);
        co_await serve_sum(network, std::move(client), work);
    }
}

} // namespace

invocation parse_iterative_server(const program& self, arguments given)
{
    server_options options{.port = 4000, .timeout = std::chrono::seconds(10)};
    sum_work work;
    option_parser parser(self);
    parser.server(options, "a connected client's number");
    parser.duration("--work", work.per_addition, "How long each addition takes");
    invocation run = parser.parse(given);
    work.timeout = options.timeout;
    run.main = [=](net::network& network) { return iterative_server(network, options, work); };
    return run;
}

} // namespace badwire::apps
