// interval_timer.hpp: a timer of a guest: alarm(2), setitimer(2), timer_create(2), timerfd_create(2).
#pragma once

#include <functional>
#include <utility>

#include <time.h>

#include "sim/guest/times.hpp"
#include "sim/virtual/world.hpp"

namespace badwire::guest {

/// Passes once, and then again and again if wanted.
class interval_timer final : public sim::event {
public:
    interval_timer(sim::world& in, std::function<void()> passes)
        : queue_(in.queue()), passes_(std::move(passes))
    {
    }
    ~interval_timer() override { stop(); }

    /// From now on it passes at `first` (net::never: it stops), and then each time after `every`, if
    /// that is not 0.
    void set(net::time_point first, net::duration every)
    {
        stop();
        due_ = first;
        every_ = every;
        if (due_ != net::never) queue_.schedule(*this, due_);
    }
    void stop()
    {
        queue_.unschedule(*this);
        due_ = net::never;
    }

    /// How long until it passes next, and what comes after; 0 where it has stopped.
    itimerspec left() const
    {
        if (due_ == net::never) return {};
        return {timespec_of(every_), timespec_of(due_ - queue_.now())};
    }

    void fire() override
    {
        set(every_.count() > 0 ? due_ + every_ : net::never, every_);
        passes_();
    }

private:
    sim::event_queue& queue_;
    std::function<void()> passes_;
    net::time_point due_ = net::never;
    net::duration every_{0};
};

} // namespace badwire::guest
