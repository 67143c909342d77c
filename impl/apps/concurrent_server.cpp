// concurrent-server (course 4.6.2): serves many clients at once.
//
// --model thread   every client has a thread of its own (the course's way)
//         process  every client has a process of its own: a crash of one harms no other
//         pool     at most --workers clients are served at a time, the others wait in the queue
//         async    every client has a coroutine, all on one thread
#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/apps/shared/serve_each.hpp"
#include "impl/apps/shared/sum_service.hpp"
#include "impl/talk/stream.hpp"

namespace badwire::apps {

namespace {

enum class model { thread, pool, process, async };

struct concurrent_options : server_options {
    net::duration work = work_per_addition;
    apps::model model = model::thread;
    std::int64_t workers = 4;
    std::int64_t room = 0; // 0: without limit
};

// Only its client notices that a process was killed.
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

net::awaitable<void> serve_by(model how, net::network& network, net::tcp_stream client,
                              sum_work work)
{
    const auto serve = [work](net::network& own, net::tcp_stream stream) {
        return serve_sum(own, std::move(stream), work);
    };
    if (how == model::thread) return network.run_on_thread(std::move(client), serve);
    if (how == model::process) return serve_in_process(network, std::move(client), serve);
    return serve_sum(network, std::move(client), work);
}

std::size_t at_once(const concurrent_options& options)
{
    if (options.model == model::pool) return static_cast<std::size_t>(options.workers);
    return options.model == model::async ? any_number : threads_or_processes_max;
}

net::awaitable<void> concurrent_server(net::network& network, concurrent_options options)
{
    const sum_work work{options.work, options.timeout};
    net::tcp_listener listener = listen_tcp(network, options);
    co_await serve_each(network, listener, {at_once(options), room_for(options.room)},
                        [&](net::tcp_stream client) {
                            return serve_by(options.model, network, std::move(client), work);
                        });
}

} // namespace

std::vector<program> concurrent_server_programs()
{
    return {entry<concurrent_options>(
        {"concurrent-server", "4.6.2", "Adds up 1 to count, slowly, for many clients at once.",
         role::server, serves_for_ever},
        {{.port = 4000, .timeout = std::chrono::seconds(10)}},
        [](option_parser& parser, concurrent_options& options) {
            parser.server(options, "a connected client's number");
            parser.duration("--work", options.work, "How long each addition takes");
            parser.choice("--model", options.model,
                          {{"thread", model::thread},
                           {"pool", model::pool},
                           {"process", model::process},
                           {"async", model::async}},
                          "thread: one per client; pool: at most --workers clients at a time; "
                          "process: one per client (in virtual time as thread); async: one "
                          "coroutine per client");
            parser.number("--workers", options.workers, 1, 10'000,
                          "Clients at a time, with --model pool");
            parser.number("--room", options.room, 0, 1'000'000, room_help);
        },
        concurrent_server)};
}

} // namespace badwire::apps
