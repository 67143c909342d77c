// operation.hpp: one asynchronous operation of a virtual socket while it waits.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/cancellation_type.hpp>

#include "sim/virtual/world.hpp"

namespace badwire::sim {

/// Holds the handler of at most one pending operation and completes it as an event of its own,
/// never inside the function that caused it. Its destructor completes a pending operation with
/// operation_aborted. Results are the handler's arguments after the error code.
template <typename... Results>
class operation final : public event {
public:
    using handler_type = net::asio::any_completion_handler<void(net::error_code, Results...)>;

    explicit operation(host& owner) : host_(owner) {}
    ~operation() override
    {
        if (!handler_) return;
        host_.in().queue().unschedule(*this);
        host_.forget(*this);
        forget_slot();
        host_.in().post([handler = std::move(*handler_)]() mutable {
            std::move(handler)(net::asio::error::operation_aborted, Results()...);
        });
    }

    /// True while an operation waits for its result.
    bool waiting() const { return handler_.has_value() && !results_; }
    /// When it began.
    net::time_point since() const { return since_; }

    void begin(handler_type handler)
    {
        assert(!handler_ && "at most one pending operation of each kind");
        handler_.emplace(std::move(handler));
        since_ = host_.in().now();
        auto slot = net::asio::get_associated_cancellation_slot(*handler_);
        if (slot.is_connected())
            slot.assign([this](net::asio::cancellation_type) {
                if (waiting()) finish(net::asio::error::operation_aborted);
            });
    }

    /// Completes the waiting operation as the next event of this instant.
    void finish(net::error_code failed, Results... results)
    {
        results_.emplace(failed, std::move(results)...);
        host_.in().queue().schedule_now(*this);
    }
    void finish(net::error_code failed) requires(sizeof...(Results) > 0)
    {
        finish(failed, Results()...);
    }
    /// Completes the waiting operation at once. Only as the last action of an event: the handler
    /// may destroy this operation and its owner.
    void complete(net::error_code failed, Results... results)
    {
        results_.emplace(failed, std::move(results)...);
        fire();
    }
    void abort()
    {
        if (waiting()) finish(net::asio::error::operation_aborted);
    }

    void fire() override
    {
        if (host_.holds(*this)) return;
        forget_slot();
        handler_type handler(std::move(*handler_));
        auto results = std::move(*results_);
        handler_.reset(); // the handler may start the next operation, or destroy this one
        results_.reset();
        std::apply(std::move(handler), std::move(results));
    }

private:
    void forget_slot()
    {
        auto slot = net::asio::get_associated_cancellation_slot(*handler_);
        if (slot.is_connected()) slot.clear();
    }

    host& host_;
    net::time_point since_{};
    std::optional<handler_type> handler_;
    std::optional<std::tuple<net::error_code, Results...>> results_;
};

/// What a program waits for at a socket or a console, for people: "a datagram at 127.0.0.1:5000".
struct waiting {
    std::string what;
    net::time_point since;
};
struct waiter {
    virtual void tell_waiting(std::vector<waiting>& into) const = 0;

protected:
    ~waiter() = default;
};

/// Calls a member function of its owner at a given time: a socket's deadline, a timer's expiry.
template <typename Owner, void (Owner::*Member)()>
class alarm final : public event {
public:
    alarm(world& in, Owner& owner) : world_(in), owner_(owner) {}
    ~alarm() override { stop(); }

    void set(net::time_point when)
    {
        stop();
        world_.queue().schedule(*this, when);
    }
    void stop() { world_.queue().unschedule(*this); }
    void fire() override { (owner_.*Member)(); }
    using event::wakes_nobody;

private:
    world& world_;
    Owner& owner_;
};

} // namespace badwire::sim
