// task_scope.hpp: how a program does several things at once and still reads from top to bottom
// (structured concurrency): coroutines that run side by side and end together.
//
//     talk::task_scope tasks(network, [&] { socket.close(); });
//     tasks.spawn(listen(socket));
//     co_await tasks.run(speak(socket)); // here both have ended
//
// Not thread-safe: it belongs to the network's executor.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "impl/net/network.hpp"

namespace badwire::talk {

/// The first task that fails, or the body of run() when it ends, ends them all.
class task_scope {
public:
    /// `cancel` ends the waiting of the tasks and the body: it closes their sockets, cancels their
    /// timers. It is called once. Without it, only the end of the program cancels them.
    explicit task_scope(net::network& network, std::function<void()> cancel = {});
    task_scope(const task_scope&) = delete;
    task_scope& operator=(const task_scope&) = delete;

    /// Starts a task beside the others. What the task refers to must live until run() has
    /// completed, and run() must be called. A task that ends without an exception ends no other.
    void spawn(net::awaitable<void> task);

    /// How many tasks have not ended.
    std::size_t running() const { return running_; }

    /// Completes once fewer than `limit` tasks run. At most one coroutine may wait.
    net::awaitable<void> below(std::size_t limit);

    /// Runs `body`, then cancels the tasks and waits until all have ended. Throws the first
    /// failure, the body's or a task's; failures after the cancellation come from it and are not
    /// reported.
    net::awaitable<void> run(net::awaitable<void> body);

private:
    using waiter = net::asio::any_completion_handler<void()>;

    void fail(std::exception_ptr problem);
    void cancel();
    void task_ended(std::exception_ptr problem);

    net::network& network_;
    std::function<void()> cancel_;
    bool cancelled_ = false;
    std::exception_ptr problem_; // the first failure
    std::size_t running_ = 0;
    std::size_t limit_ = 0; // of the waiting coroutine
    std::unique_ptr<waiter> waiting_;
};

/// Runs a task whose failure concerns no other, such as the service of one client: prints the
/// failure on the console's error output, unless the program was stopped, and completes.
net::awaitable<void> telling_failure(net::network& network, net::awaitable<void> task);

/// Runs a task, then `last`, whether the task failed or not. Throws what the task threw.
template <typename Last>
net::awaitable<void> finally(net::awaitable<void> task, Last last)
{
    std::exception_ptr problem;
    try {
        co_await std::move(task);
    } catch (...) {
        problem = std::current_exception();
    }
    last();
    if (problem) std::rethrow_exception(problem);
}

} // namespace badwire::talk
