// flight_limit.hpp: how many units a sender keeps on their way at a time, below its window.
//
// If more units are on their way than the path holds, they wait in its queue: every round trip
// takes longer, losses are noticed later, or the queue overflows. The path holds the rate at which
// units arrive times the round-trip time without a queue; half as much again lets the sender find
// out about a faster path. Rate and time are measured as in BBR (Cardwell and others, ACM Queue
// 14(5), 2016), which does not take a loss for the sign of a queue. Nothing more is probed: a path
// whose delay grows later is not used fully.
//
// Never less than 64 units: smaller windows are used as they are, and textbooks' formulas hold.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "impl/net/basics.hpp"

namespace badwire::wire {

class flight_limit {
public:
    static constexpr std::size_t least_units = 64;

    /// A unit that was sent only once was answered after so long.
    void on_round_trip(net::duration rtt) { shortest_ = std::min(shortest_, rtt); }

    /// `units` were acknowledged for the first time.
    void on_delivered(std::size_t units) { delivered_ += units; }

    /// The `answered`-th unit of all sent has arrived, when `sent` units had been sent: a round is
    /// over once all units are answered that had been sent when it began.
    void on_answer(std::uint64_t answered, std::uint64_t sent, net::time_point now)
    {
        if (answered < round_) return;
        const double seconds = std::chrono::duration<double>(now - began_).count();
        if (round_ > 0 && seconds > 0) {
            rates_[next_rate_++ % rates_.size()] = static_cast<double>(delivered_) / seconds;
            const double rate = *std::max_element(rates_.begin(), rates_.end());
            const double held = rate * std::chrono::duration<double>(shortest_).count();
            units_ = std::max(least_units, static_cast<std::size_t>(1.5 * held));
        }
        round_ = sent + 1;
        began_ = now;
        delivered_ = 0;
    }

    std::size_t units() const { return units_; }

private:
    std::size_t units_ = least_units;
    net::duration shortest_ = net::duration::max();
    std::array<double, 10> rates_{}; // units a second, of the last rounds
    std::size_t next_rate_ = 0;
    std::uint64_t round_ = 0; // ends when the unit with this number is answered
    net::time_point began_{};
    std::size_t delivered_ = 0; // in this round
};

} // namespace badwire::wire
