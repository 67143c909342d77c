// timer_description.hpp: what timerfd_create(2) makes: a timer that is read.
#pragma once

#include "sim/guest/description.hpp"
#include "sim/virtual/operation.hpp"

namespace badwire::guest {

class timer_description final : public description {
public:
    timer_description(sim::host& of, int clock) : clock_(clock), alarm_(of.in(), *this) {}

    /// Which it goes by: CLOCK_MONOTONIC and the like.
    int clock() const { return clock_; }

    /// From now on it passes at `first` (never: it stops) and then each time after `every`, if that
    /// is not 0.
    void set(net::time_point first, net::duration every);
    net::time_point next() const { return due_; }
    net::duration every() const { return every_; }

    short ready() const override;
    std::string awaited(short) const override { return "time to pass"; }
    /// How many times it has passed since it was last read: 8 bytes.
    outcome<received> receive(std::size_t most, bool peek) override;

private:
    void passed();

    int clock_;
    net::time_point due_ = net::never;
    net::duration every_{0};
    std::uint64_t count_ = 0;
    sim::alarm<timer_description, &timer_description::passed> alarm_;
};

} // namespace badwire::guest
