#include "sim/link/stream_path.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

namespace badwire::link {
namespace {

constexpr std::size_t piece_bytes_max = 16 << 10;
constexpr std::size_t segment_bytes_max = 1460; // of payload, in an Ethernet frame

// A driver that wakes late does not slow a bottleneck down: the next piece enters at the time when
// the last one left, but not more than this far in the past.
constexpr duration catch_up_max = std::chrono::milliseconds(10);

} // namespace

void stream_path::offer(std::span<const std::byte> bytes, duration now)
{
    if (closed_) return;
    lane_->strikes().used(now);
    if (waiting() == 0) offered_at_ = now;
    bytes_.append(bytes);
    unacknowledged_ += bytes.size();
}

std::size_t stream_path::room(duration now)
{
    if (ended_) return std::numeric_limits<std::size_t>::max(); // further bytes are thrown away
    if (read_during_cut_ > 0) acknowledge(std::exchange(read_during_cut_, 0), now);
    for (; !acknowledgments_.empty() && acknowledgments_.front().due <= now;
         acknowledgments_.pop_front())
        unacknowledged_ -= acknowledgments_.front().bytes;
    if (closed_) return 0; // a reset is on its way
    // A list of very small pieces takes more memory than their bytes.
    constexpr std::size_t list_bytes_max = 4 << 20;
    const std::uint64_t window = lane_->asked().tcp.window_bytes;
    if (unacknowledged_ < window && held() < bytes_.size() + list_bytes_max)
        return static_cast<std::size_t>(window - unacknowledged_);
    if (window != stream_faults{}.window_bytes) touched_by(touch::tcp);
    return 0;
}

duration stream_path::next_room() const
{
    if (!acknowledgments_.empty()) return acknowledgments_.front().due;
    return read_during_cut_ > 0 ? back_.through->next_change() : forever;
}

void stream_path::was_read(std::size_t bytes, duration now)
{
    acknowledge(bytes + std::exchange(read_during_cut_, 0), now);
}

void stream_path::acknowledge(std::size_t bytes, duration now)
{
    back_.through->advance(now);
    if (back_.through->cuts(back_.of)) {
        read_during_cut_ = bytes;
        return;
    }
    duration due = now + back_.through->stream_delay(back_.of, number_, plan_.offset());
    if (!acknowledgments_.empty()) due = std::max(due, acknowledgments_.back().due);
    acknowledgments_.push_back({due, bytes});
}

void stream_path::offer_reset()
{
    if (std::exchange(reset_may_follow_, false)) closed_ = false;
    offer_last(arrival::kind::reset);
}

void stream_path::touched_by(touch which)
{
    constexpr std::array<std::string_view, 4> names{"delay", "rate", "cut", "tcp"};
    const auto place = static_cast<unsigned>(which);
    if ((touched_ >> place & 1U) != 0) return;
    touched_ |= 1U << place;
    if (which == touch::cut) lane_->stream_cut(flow_);
    else lane_->strikes().stream_struck(names.at(place));
}

void stream_path::offer_last(arrival::kind what)
{
    // A reset may follow an end that still waits; it then takes its place.
    if (!closed_) last_offered_ = what;
}

void stream_path::advance(duration now)
{
    using kind = stream_step::kind;
    lane_->advance(now);
    next_entry_ = lane_->next_change();
    while (!closed_) {
        if (departs_ > now) {
            next_entry_ = std::min(next_entry_, departs_);
            return;
        }
        if (lane_->cuts(flow_)) {
            if (waiting() > 0 || last_offered_) touched_by(touch::cut);
            blocked_ = true;
            return;
        }
        const stream_step step = plan_.next(lane_->asked().tcp, waiting(), now,
                                            lane_->stream_slice(flow_, number_, plan_.offset()));
        if (step.is != kind::pass) touched_by(touch::tcp);
        if (step.is == kind::wait) {
            blocked_ = true;
            next_entry_ = std::min(next_entry_, step.until);
            return;
        }
        if (step.is == kind::close) enter_last(arrival::kind::end, true, now);
        else if (step.is == kind::reset) enter_last(arrival::kind::reset, true, now);
        else if (step.bytes > 0) enter(step.bytes, now);
        else if (last_offered_) enter_last(*last_offered_, false, now);
        else {
            next_entry_ = std::min(next_entry_, step.until);
            return;
        }
    }
    next_entry_ = forever;
}

void stream_path::enter(std::size_t bytes, duration now)
{
    const impairments& asked = lane_->asked();
    const bool limited = asked.rate.limited();
    bytes = std::min(bytes, limited ? segment_bytes_max : piece_bytes_max);
    const duration ready = std::max({departs_, offered_at_, now - catch_up_max});
    const duration at = std::exchange(blocked_, false) ? now : ready;
    departs_ = at + (limited ? lane_->stream_transmission(bytes, at) : duration(0));
    const duration delay = lane_->stream_delay(flow_, number_, plan_.offset());
    if (departs_ > at) touched_by(touch::rate);
    if (delay > duration(0)) touched_by(touch::delay);
    if (asked.tcp.slice_bytes > 0) touched_by(touch::tcp);
    last_due_ = std::max(last_due_, departs_ + delay);
    on_way_.push_back({last_due_, static_cast<std::uint32_t>(bytes), arrival::kind::data, false,
                       asked.tcp.slice_bytes > 0});
    bytes_on_way_ += bytes;
    plan_.passed(bytes, departs_);
}

void stream_path::enter_last(arrival::kind what, bool by_fault, duration now)
{
    last_due_ = std::max(last_due_, now + lane_->stream_delay(flow_, number_, plan_.offset()));
    if (what == arrival::kind::end && lane_->asked().tcp.close_delay > duration(0)) {
        last_due_ = later(last_due_, lane_->asked().tcp.close_delay);
        touched_by(touch::tcp);
    }
    on_way_.push_back({last_due_, 0, what, by_fault, true});
    closed_ = true;
    ended_ |= what == arrival::kind::end;
    reset_may_follow_ = what == arrival::kind::end && !by_fault;
    bytes_.cut_to(bytes_on_way_);
}

std::optional<stream_path::arrival> stream_path::take(duration now)
{
    if (next_arrival() > now) return {};
    const piece first = on_way_.front();
    on_way_.pop_front();
    std::size_t bytes = first.bytes;
    while (!first.alone && !on_way_.empty() && on_way_.front().due <= now &&
           !on_way_.front().alone && bytes + on_way_.front().bytes <= piece_bytes_max) {
        bytes += on_way_.front().bytes;
        on_way_.pop_front();
    }
    bytes_on_way_ -= bytes;
    return arrival{first.is, first.by_fault, first.alone, bytes_.take(bytes)};
}

duration reset_due(const stream_faults& asked, duration start)
{
    return asked.reset_after ? later(start, *asked.reset_after) : forever;
}

} // namespace badwire::link
