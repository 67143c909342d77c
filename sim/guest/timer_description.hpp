// timer_description.hpp: what timerfd_create(2) makes: a timer that is read.
#pragma once

#include "sim/guest/description.hpp"
#include "sim/guest/interval_timer.hpp"

namespace badwire::guest {

class timer_description final : public description {
public:
    timer_description(sim::world& in, int clock)
        : clock_(clock), timer_(in, [this] {
              ++count_;
              tell_change();
          })
    {
    }

    /// Which it goes by: CLOCK_MONOTONIC and the like.
    int clock() const { return clock_; }
    void set(net::time_point first, net::duration every)
    {
        count_ = 0;
        timer_.set(first, every);
    }
    itimerspec left() const { return timer_.left(); }

    short ready() const override;
    std::string awaited(short) const override { return "time to pass"; }
    /// How many times it has passed since it was last read: 8 bytes.
    outcome<received> receive(std::size_t most, bool peek) override;

private:
    int clock_;
    std::uint64_t count_ = 0;
    interval_timer timer_;
};

} // namespace badwire::guest
