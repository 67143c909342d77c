#include "sim/link/pie.hpp"

#include <algorithm>
#include <array>

namespace badwire::link {
namespace {

using seconds = std::chrono::duration<double>;

// RFC 8033, section 4.2: a second of delay too much, or of change, adds so much in one update.
constexpr double alpha = 0.125, beta = 1.25;
constexpr double marked_at_most = 0.1;            // section 5.1: above it, drops only
constexpr std::uint64_t mean_packet_bytes = 1024; // section 4.1's example, as in its pseudocode

// Small probabilities change in small steps (section 4.2).
double scaled(double change, double probability)
{
    struct step {
        double below, divisor;
    };
    constexpr std::array steps{step{0.000001, 2048}, step{0.00001, 512}, step{0.0001, 128},
                               step{0.001, 32},      step{0.01, 8},      step{0.1, 2}};
    for (const step& one : steps)
        if (probability < one.below) return change / one.divisor;
    return change;
}

} // namespace

bool pie_queue::signals(double drawn) const
{
    if (burst_left_ > duration(0)) return false;
    if (delay_before_ < asked_.target / 2 && probability_ < 0.2) return false;
    if (waiting_.bytes() <= 2 * mean_packet_bytes) return false;
    return drawn < probability_;
}

void pie_queue::enqueue(queued_packet one, duration now, dropped_packets& dropped)
{
    update_until(now);
    one.asked = probability_;
    if (!one.of_stream && signals(one.drawn)) {
        if (!asked_.ecn || !one.capable || probability_ > marked_at_most) {
            dropped.push_back({std::move(one), cause::aqm});
            return;
        }
        one.marked = true;
    }
    waiting_.push(std::move(one));
}

std::optional<queued_packet> pie_queue::dequeue(duration now, dropped_packets&)
{
    update_until(now);
    if (waiting_.empty()) return {};
    return waiting_.pop();
}

duration pie_queue::delay(duration now) const
{
    if (waiting_.empty()) return duration(0);
    if (bits_per_second_ <= 0) return now - waiting_.front().arrived;
    return std::chrono::duration_cast<duration>(
        seconds(static_cast<double>(waiting_.bytes()) * 8 / bits_per_second_));
}

void pie_queue::update_until(duration now)
{
    while (updated_ + asked_.interval <= now) {
        updated_ += asked_.interval;
        update(updated_);
        const bool calm = waiting_.empty() && probability_ == 0 && delay_before_ == duration(0);
        if (calm && burst_left_ == asked_.burst) // updates change nothing until a packet comes
            updated_ += (now - updated_) / asked_.interval * asked_.interval;
    }
}

void pie_queue::update(duration now)
{
    const duration current = delay(now);
    const double change = alpha * seconds(current - asked_.target).count() +
                          beta * seconds(current - delay_before_).count();
    probability_ += scaled(change, probability_);
    if (current == duration(0) && delay_before_ == duration(0)) probability_ *= 0.98;
    probability_ = std::clamp(probability_, 0.0, 1.0);
    burst_left_ = std::max(duration(0), burst_left_ - asked_.interval);
    if (probability_ == 0 && current < asked_.target / 2 && delay_before_ < asked_.target / 2)
        burst_left_ = asked_.burst;
    delay_before_ = current;
}

} // namespace badwire::link
