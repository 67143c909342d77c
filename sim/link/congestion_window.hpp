// congestion_window.hpp: how many segments a TCP sender may have on their way: slow start, then
// CUBIC (RFC 9438) with its Reno-friendly region, as Linux does by default. At the small windows
// that a loss of a per cent allows this is an AIMD of Reno's rate. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/link/impairments.hpp"

namespace badwire::link {

class congestion_window {
public:
    std::uint64_t segments() const { return static_cast<std::uint64_t>(window_); }

    /// So many segments were acknowledged while the window was in use, at a time of a clock that
    /// does not fall.
    void acknowledged(std::uint64_t segments, duration at, duration round_trip);
    /// Segments were lost, and others were not.
    void lost();
    /// Nothing came back before the timeout. `again`: after another timeout, with no progress
    /// since.
    void timed_out(bool again);

    bool in_slow_start() const { return window_ < threshold_; }

private:
    void remember_the_loss();
    void grow(duration at, duration round_trip);

    double window_ = 10;
    double threshold_ = 1e9;
    double most_ = 0;                 // the window before the last loss
    std::optional<duration> epoch_{}; // since when it grows after that
    double epoch_window_ = 0, plateau_s_ = 0, friendly_ = 0;
};

} // namespace badwire::link
