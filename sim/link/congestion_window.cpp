#include "sim/link/congestion_window.hpp"

#include <algorithm>
#include <cmath>

namespace badwire::link {
namespace {

// RFC 9438, sections 4.1 and 4.6.
constexpr double scaling = 0.4;
constexpr double decrease = 0.7;
constexpr double friendly_increase = 3 * (1 - decrease) / (1 + decrease);
constexpr double window_min = 2;

double in_seconds(duration time) { return std::chrono::duration<double>(time).count(); }

} // namespace

void congestion_window::remember_the_loss()
{
    // Fast convergence: a flow that loses before its former window leaves room for others.
    most_ = window_ < most_ ? window_ * (1 + decrease) / 2 : window_;
    threshold_ = std::max(window_min, std::floor(std::floor(window_) * decrease)); // as Linux does
    epoch_.reset();
}

void congestion_window::lost()
{
    remember_the_loss();
    window_ = threshold_;
}

void congestion_window::timed_out(bool again)
{
    if (!again) remember_the_loss();
    window_ = 1;
}

void congestion_window::acknowledged(std::uint64_t segments, duration at, duration round_trip)
{
    for (; segments > 0; --segments) {
        if (in_slow_start()) window_ = std::min(window_ + 1, std::max(threshold_, window_));
        else grow(at, round_trip);
    }
}

void congestion_window::grow(duration at, duration round_trip)
{
    if (!epoch_) {
        epoch_ = at;
        most_ = std::max(most_, window_);
        epoch_window_ = friendly_ = window_;
        plateau_s_ = std::cbrt((most_ - window_) / scaling);
    }
    friendly_ += (friendly_ < most_ ? friendly_increase : 1) / window_;
    const double since = in_seconds(at + round_trip - *epoch_) - plateau_s_;
    const double cubic = scaling * since * since * since + most_;
    const double target = std::clamp(std::max(cubic, friendly_), window_, 1.5 * window_);
    window_ += (target - window_) / window_;
    if (cubic < friendly_) window_ = std::max(window_, friendly_);
}

} // namespace badwire::link
