#include "impl/apps/shared/task_group.hpp"

#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "impl/apps/shared/endpoints.hpp"

namespace badwire::apps {

task_group::task_group(net::network& network) : network_(network), state_(std::make_shared<state>())
{
}

void task_group::spawn(net::awaitable<void> task)
{
    ++state_->running;
    net::asio::co_spawn(network_.get_executor(), std::move(task),
                        [state = state_, &network = network_](std::exception_ptr problem) {
                            try {
                                if (problem) std::rethrow_exception(problem);
                            } catch (const std::exception& error) {
                                if (!network.stopped())
                                    network.console().complain("{}", error.what());
                            }
                            --state->running;
                            if (state->waiting && state->running < state->limit) {
                                // In a lambda: Boost 1.81 asks a handler it has just moved from for
                                // its executor.
                                net::asio::post(
                                    network.get_executor(),
                                    [wake = std::move(state->waiting)] { std::move (*wake)(); });
                            }
                        });
}

net::awaitable<void> task_group::below(std::size_t limit)
{
    if (state_->running < limit) co_return;
    state_->limit = limit;
    // A plain pointer: g++ 12 destroys what a lambda in a co_await expression captured once too
    // often.
    co_await net::asio::async_initiate<const net::asio::use_awaitable_t<>, void()>(
        [state = state_.get()](auto handler) {
            state->waiting = std::make_unique<waiter>(std::move(handler));
        },
        net::asio::use_awaitable);
}

net::awaitable<void> serve_each(net::network& network, net::tcp_listener& listener,
                                std::size_t at_once,
                                std::function<net::awaitable<void>(net::tcp_stream)> serve)
{
    task_group clients(network);
    std::exception_ptr end;
    try {
        for (;;) {
            co_await clients.below(at_once);
            net::tcp_stream client = co_await accept(network, listener);
            clients.spawn(serve(std::move(client)));
        }
    } catch (...) {
        end = std::current_exception();
    }
    co_await clients.below(1);
    std::rethrow_exception(end);
}

} // namespace badwire::apps
