// real_sockets.hpp: the backends of the real network, each a thin layer over Asio's own object.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "impl/net/sockets.hpp"
#include "impl/net/stoppable.hpp"

namespace badwire::net {

/// Deadlines for one socket. One timer watches over all operations and is not set again for each:
/// while operations come and go, it wakes up at most once per deadline that has passed.
class watchdog : public std::enable_shared_from_this<watchdog> {
public:
    watchdog(asio::any_io_executor executor, std::function<void()> cancel_operations)
        : timer_(executor), cancel_(std::move(cancel_operations))
    {
    }

    void expires_at(time_point when)
    {
        deadline_ = when;
        if (pending_ > 0) arm();
    }

    time_point deadline() const { return deadline_; }

    /// The socket is gone, and with it everything that could be cancelled.
    void detach()
    {
        cancel_ = nullptr;
        timer_.cancel();
    }

    void operation_begins()
    {
        if (pending_++ == 0) fired_ = false;
        arm();
    }

    /// Ends an operation; tells a timeout from another abort.
    error_code operation_ended(error_code result)
    {
        --pending_;
        return result == asio::error::operation_aborted && fired_ ? asio::error::timed_out : result;
    }

private:
    void arm()
    {
        if (deadline_ == never || (armed_ && timer_.expiry() <= deadline_)) return;
        armed_ = true;
        timer_.expires_at(deadline_);
        timer_.async_wait([self = shared_from_this()](error_code cancelled) {
            if (!cancelled) self->woke();
        });
    }

    void woke()
    {
        armed_ = false;
        if (pending_ == 0 || !cancel_) return;
        if (clock::now() < deadline_) return arm();
        fired_ = true;
        cancel_();
    }

    asio::steady_timer timer_;
    std::function<void()> cancel_;
    time_point deadline_ = never;
    int pending_ = 0;
    bool armed_ = false;
    bool fired_ = false;
};

/// A completion handler that reports to the watchdog first. It keeps the handler's executor,
/// allocator and cancellation slot, so an operation with a deadline is as cancellable as one
/// without.
template <typename Handler>
struct watched_handler {
    using executor_type = asio::associated_executor_t<Handler>;
    using allocator_type = asio::associated_allocator_t<Handler>;
    using cancellation_slot_type = asio::associated_cancellation_slot_t<Handler>;

    executor_type get_executor() const noexcept { return asio::get_associated_executor(handler); }
    allocator_type get_allocator() const noexcept
    {
        return asio::get_associated_allocator(handler);
    }
    cancellation_slot_type get_cancellation_slot() const noexcept
    {
        return asio::get_associated_cancellation_slot(handler);
    }

    template <typename... Results>
    void operator()(error_code result, Results&&... results)
    {
        std::move(handler)(dog->operation_ended(result), std::forward<Results>(results)...);
    }

    std::shared_ptr<watchdog> dog;
    Handler handler;
};

std::unique_ptr<timer_backend> make_real_timer(const asio::any_io_executor& executor,
                                               stoppables& alive);
std::unique_ptr<udp_backend> make_real_udp(udp::socket socket, stoppables& alive);
std::unique_ptr<tcp_stream_backend> make_real_stream(tcp::socket socket, stoppables& alive);
std::unique_ptr<tcp_listener_backend> make_real_listener(tcp::acceptor acceptor, stoppables& alive);

/// A connection that belongs to no thread's event loop, on its way to another thread or process.
/// The destructor closes it if nobody has taken it.
class loose_connection {
public:
    /// Takes the connection out of a stream made by make_real_stream.
    explicit loose_connection(tcp_stream& stream);
    loose_connection(const loose_connection&) = delete;
    loose_connection& operator=(const loose_connection&) = delete;
    ~loose_connection() { close(); }

    int descriptor() const { return descriptor_; }
    void close();

    /// Throws system_error; the connection is then closed.
    tcp::socket give_to(asio::io_context& context);

private:
    tcp protocol_;
    int descriptor_ = -1;
};

} // namespace badwire::net
