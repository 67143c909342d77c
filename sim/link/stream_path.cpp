#include "sim/link/stream_path.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

namespace badwire::link {
namespace {

constexpr std::size_t piece_bytes_max = 16 << 10;

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
    if (std::exchange(touched_.at(static_cast<std::size_t>(which)), true)) return;
    if (which == touch::cut) lane_->stream_cut(flow_);
    else lane_->strikes().stream_struck(touch_names.at(static_cast<std::size_t>(which)));
}

stream_path::touch stream_path::loser(const fate& met)
{
    if (!met.dropped) return touch::corrupt;
    if (met.why == cause::exact) return touch::exact;
    return met.why == cause::loss ? touch::loss : touch::cut;
}

void stream_path::offer_last(arrival::kind what)
{
    // A reset may follow an end that still waits; it then takes its place.
    if (!closed_) last_offered_ = what;
}

void stream_path::advance(duration now)
{
    lane_->advance(now);
    while (recovery_ && recovery_->next_event() <= now) {
        const duration at = recovery_->next_event();
        recovery_->step(*this, lane_->streams());
        let_enter(at);
    }
    let_enter(now);
    if (recovery_) next_entry_ = std::min(next_entry_, recovery_->next_event());
}

void stream_path::let_enter(duration now)
{
    using kind = stream_step::kind;
    next_entry_ = lane_->next_change();
    while (!closed_) {
        if (recovers() && !recovery_->may_send()) {
            blocked_ = true;
            return;
        }
        if (departs_ > now) {
            next_entry_ = std::min(next_entry_, departs_);
            return;
        }
        if (!recovery_ && lane_->cuts(flow_)) {
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
    if (recovery_)
        bytes =
            std::min<std::size_t>(bytes, segment_bytes_max - plan_.offset() % segment_bytes_max);
    else bytes = std::min(bytes, limited ? segment_bytes_max : piece_bytes_max);
    const duration ready = std::max({departs_, offered_at_, now - catch_up_max});
    const duration at = std::exchange(blocked_, false) ? now : ready;
    if (asked.tcp.slice_bytes > 0) touched_by(touch::tcp);
    on_way_.push_back({forever, static_cast<std::uint32_t>(bytes), arrival::kind::data, false,
                       asked.tcp.slice_bytes > 0});
    bytes_on_way_ += bytes;
    stream_counters& count = lane_->streams();
    count.bytes += bytes;
    if (recovery_) {
        loss_recovery::segment what{.piece = taken_ + on_way_.size() - 1,
                                    .offset = plan_.offset(),
                                    .bytes = on_way_.back().bytes};
        if (witness_ != nullptr || lane_->looks_at_segments())
            what.contents = std::make_shared<const std::vector<std::byte>>(
                bytes_.copy(bytes_on_way_ - bytes, bytes));
        recovery_->send(std::move(what), at, *this, count);
    } else {
        count.segments += (bytes + segment_bytes_max - 1) / segment_bytes_max;
        on_way_.back().due = last_due_ = carry(bytes, plan_.offset(), at);
        if (witness_ != nullptr) show_piece(on_way_.back(), at);
    }
    plan_.passed(bytes, departs_);
}

// When bytes arrive that leave at that time.
duration stream_path::carry(std::size_t bytes, std::uint64_t place, duration at)
{
    const bool limited = bytes > 0 && lane_->asked().rate.limited();
    departs_ = at + (limited ? lane_->stream_transmission(bytes, at) : duration(0));
    const duration delay = lane_->stream_delay(flow_, number_, place);
    if (departs_ > at) touched_by(touch::rate);
    if (delay > duration(0)) touched_by(touch::delay);
    return std::max(last_due_, departs_ + delay);
}

void stream_path::enter_last(arrival::kind what, bool by_fault, duration now)
{
    const bool ends = what == arrival::kind::end;
    on_way_.push_back({forever, 0, what, by_fault, true});
    if (ends && recovery_) {
        recovery_->send(
            {.piece = taken_ + on_way_.size() - 1, .offset = plan_.offset(), .end = true}, now,
            *this, lane_->streams());
    } else {
        if (ends) ++lane_->streams().segments;
        on_way_.back().due = last_due_ = end_delayed(
            what, std::max(last_due_, now + lane_->stream_delay(flow_, number_, plan_.offset())));
    }
    closed_ = true;
    ended_ |= ends;
    reset_may_follow_ = ends && !by_fault;
    bytes_.cut_to(bytes_on_way_);
}

duration stream_path::end_delayed(arrival::kind what, duration due)
{
    const duration by = lane_->asked().tcp.close_delay;
    if (what != arrival::kind::end || by <= duration(0)) return due;
    touched_by(touch::tcp);
    return later(due, by);
}

std::optional<stream_path::arrival> stream_path::take(duration now)
{
    if (next_arrival() > now) return {};
    const piece first = on_way_.front();
    on_way_.pop_front();
    ++taken_;
    count_stall(first);
    piece last = first;
    std::size_t bytes = first.bytes;
    while (!first.alone && !on_way_.empty() && on_way_.front().due <= now &&
           !on_way_.front().alone && bytes + on_way_.front().bytes <= piece_bytes_max) {
        last = on_way_.front();
        bytes += last.bytes;
        on_way_.pop_front();
        ++taken_;
        count_stall(last);
    }
    bytes_on_way_ -= bytes;
    show_taken(last);
    return arrival{first.is, first.by_fault, first.alone, bytes_.take(bytes)};
}

duration reset_due(const stream_faults& asked, duration start)
{
    return asked.reset_after ? later(start, *asked.reset_after) : forever;
}

} // namespace badwire::link
