// concurrent-server (course 4.6.2): serves many clients at once.
//
// --model thread   every client has a thread of its own (the course's way)
//         process  every client has a process of its own: one that crashes takes nobody along
//         pool     at most --workers clients are served at a time, the others wait in the queue
//         async    every client has a coroutine, all on one thread
#include "impl/apps/shared/catalogue.hpp"
#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/apps/shared/serve_each.hpp"
#include "impl/apps/shared/sum_service.hpp"
#include "impl/talk/stream.hpp"

namespace badwire::apps {

namespace {

struct concurrent_options : server_options {
    std::string model = "thread";
    std::int64_t workers = 4;
};

// One that was killed is missed by its client only.
net::awaitable<void> serve_in_process(net::network& network, net::tcp_stream client,
                                      net::network::client_task serve)
{
    const std::string address = talk::peer_of(client);
    try {
        co_await network.run_on_process(std::move(client), std::move(serve));
    } catch (const net::failure& failure) {
        throw net::failure(fmt::format("client {} not served: {}", address, failure.what()));
    }
}

net::awaitable<void> serve_by(const std::string& model, net::network& network,
                              net::tcp_stream client, sum_work work)
{
    const auto serve = [work](net::network& own, net::tcp_stream stream) {
        return serve_sum(own, std::move(stream), work);
    };
    if (model == "thread") return network.run_on_thread(std::move(client), serve);
    if (model == "process") return serve_in_process(network, std::move(client), serve);
    return serve_sum(network, std::move(client), work);
}

std::size_t at_once(const concurrent_options& options)
{
    if (options.model == "pool") return static_cast<std::size_t>(options.workers);
    return options.model == "async" ? any_number : threads_or_processes_max;
}

net::awaitable<void> concurrent_server(net::network& network, concurrent_options options,
                                       sum_work work)
{
    net::tcp_listener listener = listen_tcp(network, options);
    co_await serve_each(network, listener, at_once(options), [&](net::tcp_stream client) {
        return serve_by(options.model, network, std::move(client), work);
    });
}

} // namespace

invocation parse_concurrent_server(const program& self, arguments given)
{
    concurrent_options options;
    options.port = 4000;
    options.timeout = std::chrono::seconds(10);
    sum_work work;
    option_parser parser(self);
    parser.server(options, "a connected client's number");
    parser.duration("--work", work.per_addition, "How long each addition takes");
    parser.choice("--model", options.model, {"thread", "pool", "process", "async"},
                  "thread: one per client; pool: at most --workers clients at a time; process: one "
                  "per client (in virtual time as thread); async: one coroutine per client");
    parser.number("--workers", options.workers, 1, 10'000, "Clients at a time, with --model pool");
    invocation run = parser.parse(given);
    work.timeout = options.timeout;
    run.main = [=](net::network& network) { return concurrent_server(network, options, work); };
    return run;
}

} // namespace badwire::apps
