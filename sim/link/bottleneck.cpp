#include "sim/link/bottleneck.hpp"

#include <algorithm>
#include <cmath>

namespace badwire::link {
namespace {

constexpr std::uint64_t opportunity_bytes = 1500; // mahimahi's packet

} // namespace

void bottleneck::set(const rate_model& asked, const aqm_model& managed)
{
    const aqm_model wanted = asked.limited() ? managed : aqm_model{};
    if (queue_ && wanted != aqm_) serve_all_until(never);
    if (asked.trace != asked_.trace) {
        done_.lap = 0;
        done_.place = 0;
        done_.left = opportunity_bytes;
    }
    asked_ = asked;
    if (wanted != aqm_) queue_ = make_managed_queue(wanted);
    aqm_ = wanted;
}

bool bottleneck::is_full(std::size_t packets, std::uint64_t bytes) const
{
    return packets > asked_.queue_packets || (asked_.queue_bytes > 0 && bytes > asked_.queue_bytes);
}

std::optional<duration> bottleneck::admit(std::size_t bytes, duration now)
{
    while (!tail_drop_.empty() && tail_drop_.front().until <= now) {
        queued_bytes_ -= tail_drop_.front().bytes;
        tail_drop_.pop_front();
    }
    const bool must_wait = done_.busy_until > now;
    const std::uint64_t size = bytes + asked_.overhead_bytes;
    if (must_wait && is_full(tail_drop_.size() + 1, queued_bytes_ + size)) return {};

    const duration start = done_.busy_until;
    const duration leaves = finish(size, now);
    // With a rate, a packet leaves the queue when its transmission starts; with a trace, when it is
    // delivered, which is the same moment.
    const duration until = asked_.trace ? leaves : start;
    if (until > now) {
        tail_drop_.push_back({until, size});
        queued_bytes_ += size;
    }
    return leaves - now;
}

duration bottleneck::transmit(std::size_t bytes, duration now)
{
    return finish(bytes + asked_.overhead_bytes, now) - now;
}

void bottleneck::enter(queued_packet one, duration now)
{
    serve(now);
    one.bytes += asked_.overhead_bytes;
    one.arrived = now;
    if (queue_->size() == 0) {
        ready_ = now;
        if (asked_.trace) go_to_opportunity(now);
    }
    queue_->set_rate(asked_.bits_per_second_at(now));
    queue_->enqueue(std::move(one), now, dropped_);
    tell_dropped(now);
    serve(now); // what is transmitted at once takes no room
    while (is_full(queue_->size(), queue_->bytes())) {
        auto dropped = queue_->drop_one();
        if (!dropped) break;
        drop(*dropped, cause::queue, now);
    }
}

duration bottleneck::reserve(std::size_t bytes, duration now)
{
    constexpr std::uint64_t streams = 0; // all of them are one flow
    serve(now);
    if (queue_->size() == 0) {
        ready_ = now;
        if (asked_.trace) go_to_opportunity(now);
    }
    queue_->enqueue({.bytes = bytes + asked_.overhead_bytes,
                     .arrived = now,
                     .flow = streams,
                     .of_stream = true},
                    now, dropped_);
    const progress so_far = done_;
    const duration left = finish(queue_->bytes_until_last_of(streams), now);
    done_ = so_far;
    serve(now);
    return left - now;
}

void bottleneck::serve(duration now)
{
    if (claimed_ <= now) claimed_ = never;
    serve_all_until(now);
}

void bottleneck::serve_all_until(duration now)
{
    for (duration at = next_service(); at != never && at <= now; at = next_service()) {
        queue_->set_rate(asked_.bits_per_second_at(at));
        auto next = queue_->dequeue(at, dropped_);
        tell_dropped(at);
        if (!next) continue;
        const duration leaves = finish(next->bytes, at);
        if (next->guest != nullptr)
            next->guest->served({at, cause::none, next->marked, next->asked, leaves});
    }
}

void bottleneck::tell_dropped(duration at)
{
    for (dropped_packet& one : dropped_) drop(one.packet, one.why, at);
    dropped_.clear();
}

void bottleneck::drop(const queued_packet& one, cause why, duration at)
{
    one.guest->served({at, why, false, one.asked, at});
}

duration bottleneck::next_service() const
{
    if (!queue_ || queue_->size() == 0) return never;
    return std::max(ready_, asked_.trace ? opportunity() : done_.busy_until);
}

std::optional<duration> bottleneck::claim_service()
{
    const duration next = next_service();
    if (next >= claimed_) return {};
    return claimed_ = next;
}

void bottleneck::forget(const void* owner)
{
    if (queue_)
        queue_->erase(
            [&](const queued_packet& one) { return one.guest && one.guest->owner() == owner; });
}

// The token bucket, at the rate of now.
duration bottleneck::time_to_fill(duration now) const
{
    if (asked_.burst_bytes == 0) return duration(0);
    const double bits = 8 * static_cast<double>(asked_.burst_bytes);
    return duration(static_cast<std::int64_t>(bits * 1e9 / asked_.bits_per_second_at(now)));
}

duration bottleneck::finish(std::uint64_t size, duration now)
{
    if (asked_.trace)
        return done_.busy_until = std::max(done_.busy_until, finish_by_trace(size, now));
    if (const duration full = now - time_to_fill(now); done_.busy_until < full) {
        done_.busy_until = full;
        done_.fraction_ns = 0;
    }
    const double rate = asked_.bits_per_second_at(std::max(now, done_.busy_until));
    const double takes = static_cast<double>(size) * 8e9 / rate + done_.fraction_ns;
    const double whole = std::floor(takes);
    done_.fraction_ns = takes - whole;
    done_.busy_until += duration(static_cast<std::int64_t>(whole));
    return std::max(now, done_.busy_until);
}

duration bottleneck::opportunity() const
{
    const auto& at_ms = asked_.trace->at_ms;
    return std::chrono::milliseconds(done_.lap * at_ms.back() + at_ms[done_.place]);
}

void bottleneck::next_opportunity()
{
    done_.left = opportunity_bytes;
    if (++done_.place < asked_.trace->at_ms.size()) return;
    done_.place = 0;
    ++done_.lap;
}

void bottleneck::go_to_opportunity(duration now)
{
    if (opportunity() >= now) return;
    const auto length = std::chrono::milliseconds(asked_.trace->at_ms.back());
    // One lap less: a lap's last opportunity is at the same moment as the next lap's beginning.
    const auto laps = static_cast<std::uint64_t>(now / length);
    if (laps > done_.lap + 1) {
        done_.lap = laps - 1;
        done_.place = 0;
        done_.left = opportunity_bytes;
    }
    while (opportunity() < now) next_opportunity();
}

// As in mahimahi: an opportunity that finds no packet waiting is lost, the rest of one serves the
// next packet in line, and a larger packet takes several.
duration bottleneck::finish_by_trace(std::uint64_t bytes, duration now)
{
    go_to_opportunity(now);
    while (bytes > done_.left) {
        bytes -= done_.left;
        next_opportunity();
    }
    done_.left -= bytes;
    const duration delivered = opportunity();
    if (done_.left == 0) next_opportunity();
    return delivered;
}

} // namespace badwire::link
