// mailbox.hpp: where several coroutines of one program put events for another coroutine, in the
// order in which they happen: a line was typed, a message came, a client left.
//
// Not thread-safe: all these coroutines run on the network's executor.
#pragma once

#include <deque>
#include <optional>
#include <utility>

#include <boost/asio/redirect_error.hpp>

#include "impl/net/network.hpp"

namespace badwire::talk {

template <typename Event>
class mailbox {
public:
    explicit mailbox(net::network& network) : network_(network), wake_(network.make_timer()) {}

    void put(Event event)
    {
        events_.push_back(std::move(event));
        wake_.cancel();
    }

    /// No more events are awaited: next() returns those that are there, and then throws.
    void close()
    {
        closed_ = true;
        wake_.cancel();
    }

    /// The next event; nothing once the deadline has passed. Throws system_error when the program
    /// was stopped or the mailbox closed. At most one coroutine may wait.
    net::awaitable<std::optional<Event>> next(net::time_point deadline = net::never)
    {
        while (events_.empty()) {
            if (network_.stopped() || closed_)
                throw net::system_error(net::asio::error::operation_aborted);
            if (network_.now() >= deadline) co_return std::nullopt;
            wake_.expires_at(deadline);
            net::error_code woken;
            co_await wake_.async_wait(net::asio::redirect_error(net::asio::use_awaitable, woken));
        }
        std::optional<Event> first(std::move(events_.front()));
        events_.pop_front();
        co_return first;
    }

private:
    net::network& network_;
    net::timer wake_; // cancelled for every event, so it expires at a deadline only
    std::deque<Event> events_;
    bool closed_ = false;
};

} // namespace badwire::talk
