#include "sim/link/bottleneck.hpp"

#include <algorithm>
#include <cmath>

namespace badwire::link {
namespace {

constexpr std::uint64_t opportunity_bytes = 1500; // mahimahi's packet

} // namespace

void bottleneck::set(const rate_model& asked)
{
    if (asked.trace != asked_.trace) {
        lap_ = 0;
        place_ = 0;
        left_ = opportunity_bytes;
    }
    asked_ = asked;
}

std::optional<duration> bottleneck::admit(std::size_t bytes, duration now)
{
    while (!queue_.empty() && queue_.front().until <= now) {
        queued_bytes_ -= queue_.front().bytes;
        queue_.pop_front();
    }
    const bool must_wait = busy_until_ > now;
    const std::uint64_t size = bytes + asked_.overhead_bytes;
    if (must_wait && (queue_.size() >= asked_.queue_packets ||
                      (asked_.queue_bytes > 0 && queued_bytes_ + size > asked_.queue_bytes)))
        return {};

    const duration start = busy_until_;
    const duration leaves = finish(bytes, now);
    // With a rate, a packet leaves the queue when its transmission starts; with a trace, when it is
    // delivered, which is the same moment.
    const duration until = asked_.trace ? leaves : start;
    if (until > now) {
        queue_.push_back({until, size});
        queued_bytes_ += size;
    }
    return leaves - now;
}

duration bottleneck::transmit(std::size_t bytes, duration now) { return finish(bytes, now) - now; }

duration bottleneck::finish(std::size_t bytes, duration now)
{
    const std::uint64_t size = bytes + asked_.overhead_bytes;
    if (asked_.trace) return busy_until_ = std::max(busy_until_, finish_by_trace(size, now));
    if (busy_until_ < now) {
        busy_until_ = now;
        fraction_ns_ = 0;
    }
    const double takes =
        static_cast<double>(size) * 8e9 / asked_.bits_per_second_at(busy_until_) + fraction_ns_;
    const double whole = std::floor(takes);
    fraction_ns_ = takes - whole;
    return busy_until_ += duration(static_cast<std::int64_t>(whole));
}

duration bottleneck::opportunity() const
{
    const auto& at_ms = asked_.trace->at_ms;
    return std::chrono::milliseconds(lap_ * at_ms.back() + at_ms[place_]);
}

// As in mahimahi: an opportunity that finds no packet waiting is lost, the rest of one serves the
// next packet in line, and a larger packet takes several.
duration bottleneck::finish_by_trace(std::uint64_t bytes, duration now)
{
    const auto& at_ms = asked_.trace->at_ms;
    const auto next = [&] {
        left_ = opportunity_bytes;
        if (++place_ == at_ms.size()) {
            place_ = 0;
            ++lap_;
        }
    };
    if (opportunity() < now) {
        const auto length = std::chrono::milliseconds(at_ms.back());
        // One lap less: a lap's last opportunity is at the same moment as the next lap's beginning.
        const auto laps = static_cast<std::uint64_t>(now / length);
        if (laps > lap_ + 1) {
            lap_ = laps - 1;
            place_ = 0;
            left_ = opportunity_bytes;
        }
        while (opportunity() < now) next();
    }
    while (bytes > left_) {
        bytes -= left_;
        next();
    }
    left_ -= bytes;
    const duration delivered = opportunity();
    if (left_ == 0) next();
    return delivered;
}

} // namespace badwire::link
