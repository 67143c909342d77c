#include "sim/link/loss_recovery.hpp"

#include <algorithm>
#include <utility>

namespace badwire::link {
namespace {

using namespace std::chrono_literals;

// Linux's: TCP_RTO_MIN, which bounds the variation, and TCP_RTO_MAX.
constexpr duration variation_min = 200ms;
constexpr duration timeout_max = 120s;
constexpr duration probe_slack = 2ms;
constexpr duration delayed_acknowledgment_max = 200ms;
constexpr std::uint64_t duplicates_that_tell = 3; // RFC 5681

} // namespace

loss_recovery::loss_recovery(duration round_trip)
    : smoothed_(round_trip), variation_(round_trip / 2), least_(round_trip)
{
}

duration loss_recovery::timeout() const
{
    const duration plain = smoothed_ + std::max(4 * variation_, variation_min);
    constexpr unsigned doublings_max = 16; // is far beyond the maximum
    return std::min(plain * (1 << std::min(backoff_, doublings_max)), timeout_max);
}

loss_recovery::sent_segment* loss_recovery::find(std::uint64_t id)
{
    return id < first_id_ ? nullptr : &sent_[id - first_id_];
}

void loss_recovery::send(segment what, duration at, wire& by, stream_counters& count)
{
    if (sent_.empty()) timeout_from_ = at;
    sent_.push_back({.what = what});
    transmit(sent_.back(), first_id_ + sent_.size() - 1, at, by, count);
    if (in_flight_ > peak_ || first_id_ > peak_until_) {
        peak_ = in_flight_;
        peak_until_ = first_id_ + sent_.size();
    }
    arm(at);
}

// As Linux finds out: a window that its sender does not fill does not grow (RFC 7661).
bool loss_recovery::window_in_use() const
{
    return (window_.in_slow_start() ? 2 * peak_ : peak_) >= window_.segments();
}

void loss_recovery::transmit(sent_segment& what, std::uint64_t id, duration at, wire& by,
                             stream_counters& count)
{
    what.sent = at;
    what.order = ++transmissions_;
    ++in_flight_;
    if (what.what.before > 0) ++count.retransmitted;
    const auto due = by.send(what.what, at);
    if (due) arrivals_.push_back({*due, at, id, what.order});
    else if (what.what.before == 0) what.was_lost = true;
    ++what.what.before;
}

duration loss_recovery::next_event() const
{
    duration next = due_;
    if (!arrivals_.empty()) next = std::min(next, arrivals_.front().due);
    if (!acknowledgments_.empty()) next = std::min(next, acknowledgments_.front().due);
    return next;
}

// What comes at the same time as a timer comes before it.
void loss_recovery::step(wire& by, stream_counters& count)
{
    const duration at = next_event();
    if (!arrivals_.empty() && arrivals_.front().due <= at) return arrive(by, count);
    if (!acknowledgments_.empty() && acknowledgments_.front().due <= at)
        return take_acknowledgment(by, count);
    switch (std::exchange(armed_, timer::none)) {
    case timer::none: break;
    case timer::reordering:
        find_losses(at, count);
        retransmit(at, true, by, count);
        break;
    case timer::probe: probe(at, by, count); break;
    case timer::timeout: time_out(at, by, count); break;
    }
    arm(at);
}

void loss_recovery::arrive(wire& by, stream_counters& count)
{
    const arrival one = arrivals_.front();
    arrivals_.pop_front();
    untold_.push_back(one);
    sent_segment* const what = find(one.id);
    if (what == nullptr) return; // its acknowledgment is told with the next one
    const auto due = by.acknowledge(what->what, what->received++, one.due);
    if (due) acknowledgments_.push_back({*due, std::exchange(untold_, {})});
    else ++count.acknowledgments_lost;
}

void loss_recovery::take_acknowledgment(wire& by, stream_counters& count)
{
    const acknowledgment taken = std::move(acknowledgments_.front());
    acknowledgments_.pop_front();
    const duration at = taken.due;
    const std::uint64_t first_before = first_id_;
    std::uint64_t told = 0;
    for (const arrival& one : taken.of) {
        const sent_segment* const what = find(one.id);
        if (what != nullptr && !what->acknowledged) ++told;
        acknowledge(one, at, count);
    }
    for (; !sent_.empty() && sent_.front().acknowledged; sent_.pop_front(), ++first_id_)
        --selectively_;
    if (first_id_ > first_before) {
        backoff_ = 0;
        timeout_from_ = at;
        probing_ = false;
    }
    if (state_ != state::open && first_id_ >= recovered_at_) state_ = state::open;
    if (state_ != state::recovery && window_in_use()) window_.acknowledged(told, at, smoothed_);

    const state before = state_;
    find_losses(at, count);
    retransmit(at, before == state::open && state_ == state::recovery, by, count);
    arm(at);
}

void loss_recovery::acknowledge(const arrival& one, duration at, stream_counters& count)
{
    if (one.order > newest_) {
        newest_ = one.order;
        newest_round_trip_ = at - one.sent;
        measure(newest_round_trip_, count);
    }
    sent_segment* const what = find(one.id);
    if (what == nullptr || std::exchange(what->acknowledged, true)) return;
    ++selectively_;
    if (std::exchange(what->lost, false)) --lost_;
    else --in_flight_;
    // A probe that repaired a loss tells of congestion, too (RFC 8985, section 7.4).
    if (what->probed && what->was_lost && state_ == state::open) window_.lost();
}

// RFC 6298, section 2, with a sample of each acknowledgment, as timestamps give it.
void loss_recovery::measure(duration round_trip, stream_counters& count)
{
    ++count.rtt_samples;
    count.rtt += round_trip;
    least_ = std::min(least_, round_trip);
    const duration off = std::chrono::abs(smoothed_ - round_trip);
    variation_ += (off - variation_) / 4;
    smoothed_ += (round_trip - smoothed_) / 8;
}

// RFC 8985, section 6.2: what was sent before the newest that has arrived is lost, at once where
// three have arrived behind it, else after a quarter of a round trip more.
void loss_recovery::find_losses(duration at, stream_counters& count)
{
    const bool sure = selectively_ >= duplicates_that_tell || state_ != state::open;
    const duration patience = sure ? duration(0) : least_ / 4;
    if (armed_ == timer::reordering) armed_ = timer::none;
    bool found = false;
    duration next = forever;
    for (sent_segment& one : sent_) {
        if (one.acknowledged || one.lost || one.order > newest_) continue;
        const duration due = one.sent + newest_round_trip_ + patience;
        if (due > at) {
            next = std::min(next, due);
            continue;
        }
        one.lost = found = true;
        ++lost_;
        --in_flight_;
    }
    if (found && state_ == state::open) begin_recovery(count);
    if (next == forever) return;
    armed_ = timer::reordering;
    due_ = next;
}

void loss_recovery::begin_recovery(stream_counters& count)
{
    state_ = state::recovery;
    recovered_at_ = first_id_ + sent_.size();
    window_.lost();
    ++count.fast_retransmits;
}

void loss_recovery::retransmit(duration at, bool one_at_least, wire& by, stream_counters& count)
{
    for (std::size_t i = 0; i < sent_.size() && lost_ > 0; ++i) {
        if (!sent_[i].lost) continue;
        if (!std::exchange(one_at_least, false) && in_flight_ >= window_.segments()) return;
        sent_[i].lost = false;
        --lost_;
        if (i == 0) timeout_from_ = at;
        transmit(sent_[i], first_id_ + i, at, by, count);
    }
}

// RFC 8985, section 7.3. What has not been sent yet was held back by a window: the last segment is
// sent again.
void loss_recovery::probe(duration at, wire& by, stream_counters& count)
{
    probing_ = true;
    ++count.probes;
    timeout_from_ = at;
    sent_segment& last = sent_.back();
    last.probed = true;
    --in_flight_; // instead of the former one
    transmit(last, first_id_ + sent_.size() - 1, at, by, count);
}

void loss_recovery::time_out(duration at, wire& by, stream_counters& count)
{
    ++count.timeouts;
    window_.timed_out(backoff_ > 0 || state_ == state::loss);
    ++backoff_;
    state_ = state::loss;
    recovered_at_ = first_id_ + sent_.size();
    lost_ = in_flight_ = 0;
    for (sent_segment& one : sent_) {
        one.lost = !one.acknowledged;
        if (one.lost) ++lost_;
    }
    timeout_from_ = at;
    retransmit(at, true, by, count);
}

// The timer of reordering, then the probe's, then the timeout: one at a time, as in Linux.
void loss_recovery::arm(duration at)
{
    if (armed_ == timer::reordering && due_ >= at) return;
    armed_ = timer::none;
    due_ = forever;
    if (sent_.empty()) return;
    armed_ = timer::timeout;
    due_ = timeout_from_ + timeout();
    const bool probes =
        state_ == state::open && !probing_ && selectively_ == 0 && lost_ == 0 && backoff_ == 0;
    if (!probes) return;
    const duration slack = in_flight_ == 1 ? delayed_acknowledgment_max : probe_slack;
    const duration last_sent = std::max(sent_.back().sent, timeout_from_);
    armed_ = timer::probe;
    due_ = std::min(due_, last_sent + 2 * smoothed_ + slack);
}

} // namespace badwire::link
