#include "impl/talk/task_scope.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

namespace badwire::talk {

task_scope::task_scope(net::network& network, std::function<void()> cancel)
    : network_(network), cancel_(std::move(cancel))
{
}

void task_scope::spawn(net::awaitable<void> task)
{
    ++running_;
    net::asio::co_spawn(network_.get_executor(), std::move(task),
                        [this](std::exception_ptr problem) { task_ended(problem); });
}

void task_scope::task_ended(std::exception_ptr problem)
{
    if (problem) fail(problem);
    --running_;
    if (!waiting_ || running_ >= limit_) return;
    // In a lambda: Boost 1.81 asks a handler it has just moved from for its executor.
    net::asio::post(network_.get_executor(), [wake = std::move(waiting_)] { std::move (*wake)(); });
}

void task_scope::fail(std::exception_ptr problem)
{
    if (!cancelled_) problem_ = problem;
    cancel();
}

void task_scope::cancel()
{
    if (!std::exchange(cancelled_, true) && cancel_) cancel_();
}

net::awaitable<void> task_scope::below(std::size_t limit)
{
    if (running_ < limit) co_return;
    limit_ = limit;
    co_await net::asio::async_initiate<const net::asio::use_awaitable_t<>, void()>(
        [this](auto handler) { waiting_ = std::make_unique<waiter>(std::move(handler)); },
        net::asio::use_awaitable);
}

net::awaitable<void> task_scope::run(net::awaitable<void> body)
{
    try {
        co_await std::move(body);
    } catch (...) {
        fail(std::current_exception());
    }
    cancel();
    co_await below(1);
    if (problem_) std::rethrow_exception(problem_);
}

net::awaitable<void> telling_failure(net::network& network, net::awaitable<void> task)
{
    try {
        co_await std::move(task);
    } catch (const std::exception& error) {
        if (!network.stopped()) network.console().complain("{}", error.what());
    }
}

} // namespace badwire::talk
