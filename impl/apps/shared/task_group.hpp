// task_group.hpp: the clients that a server serves at the same time.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "impl/net/network.hpp"

namespace badwire::apps {

/// Clients that have a thread or a process each: the system has only so many. Of that many, most
/// may be silent.
inline constexpr std::size_t threads_or_processes_max = 4096;

/// Runs coroutines side by side and knows how many there still are. What one throws goes to the
/// console and ends no other. Wait for below(1) before it is destroyed: no task may outlive what it
/// refers to. Not thread-safe: it belongs to the network's executor.
class task_group {
public:
    explicit task_group(net::network& network);

    void spawn(net::awaitable<void> task);

    std::size_t running() const { return state_->running; }

    /// Completes once fewer than `limit` tasks run. At most one may wait.
    net::awaitable<void> below(std::size_t limit);

private:
    using waiter = net::asio::any_completion_handler<void()>;
    struct state {
        std::size_t running = 0;
        std::size_t limit = 0; // the waiter's
        std::unique_ptr<waiter> waiting;
    };

    net::network& network_;
    std::shared_ptr<state> state_;
};

/// Serves every client that comes, at most `at_once` at a time, the others wait in the queue. Ends
/// with an exception, when the program was stopped, and not before the last client's task.
net::awaitable<void> serve_each(net::network& network, net::tcp_listener& listener,
                                std::size_t at_once,
                                std::function<net::awaitable<void>(net::tcp_stream)> serve);

} // namespace badwire::apps
