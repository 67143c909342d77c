#include "impl/wire/window_sender.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "impl/base/bytes.hpp"
#include "impl/base/units.hpp"
#include "impl/net/basics.hpp"
#include "impl/wire/text.hpp"

namespace badwire::wire {

namespace {

// On a steady path the RTO comes down to the round-trip time plus the clock's granularity. With a
// window, acknowledgments of later units should show a loss before the RTO does.
rto_options rto_of(const sender_options& options)
{
    rto_options rto = options.rto;
    if (options.window > 1)
        rto.granularity = std::max<net::duration>(rto.granularity, std::chrono::milliseconds(10));
    return rto;
}

} // namespace

window_sender::window_sender(sender_options options, transfer_open file, source read)
    : options_(options), file_(std::move(file)), read_(std::move(read)), rto_(rto_of(options))
{
    if (file_.units() >= std::numeric_limits<std::uint32_t>::max() - 1)
        throw net::failure(fmt::format("{} makes more than 2^32 units of {} bytes; choose a larger "
                                       "--unit",
                                       file_.name, file_.unit_size));
}

void window_sender::start(net::time_point now) { now_ = heard_at_ = backed_off_at_ = now; }

void window_sender::on_datagram(std::span<const std::byte> bytes, net::time_point now)
{
    const auto datagram = decode_transfer(bytes);
    if (datagram && datagram->session == options_.session) on_answer(*datagram, now);
}

void window_sender::on_answer(const transfer_datagram& answer, net::time_point now)
{
    now_ = now;
    if (finished_) return;
    if (answer.kind == datagram_kind::refuse)
        return finish("the receiver refused it: " + printable(as_text(answer.payload)), 1);
    if (answer.kind != datagram_kind::ack) return;
    const auto ack = decode_ack(answer.payload);
    if (!ack) return;
    heard_at_ = now;
    if (options_.flaw == flaw::unchecked_ack) on_ack(first_, {first_ + 1, ack->room});
    else on_ack(answer.unit, *ack);
    if (first_ == file_.units() + 2) finish({}, 2); // a bye is not acknowledged, and may be lost
}

void window_sender::on_ack(std::uint32_t unit, const transfer_ack& ack)
{
    room_ = ack.room;
    const bool named = options_.repeat == arq::selective_repeat || unit < ack.next;
    std::uint64_t order = 0; // of a unit sent once: an answer to copies tells nothing of time
    if (flight* answered = find(unit); named && answered && !answered->acknowledged) {
        if (answered->resent == 0 && answered->order != 0) { // Karn's rule
            order = answered->order;
            sample(*answered);
        }
    }
    if (options_.repeat == arq::selective_repeat) {
        acknowledge(unit);
        for (const std::uint32_t earlier : ack.earlier) acknowledge(earlier);
        repeat_passed(order);
    }
    if (ack.next <= first_ + window_.size())
        for (std::uint32_t whole = first_; whole < ack.next; ++whole) acknowledge(whole);
    while (!window_.empty() && window_.front().acknowledged) {
        if (options_.flaw == flaw::timer_never_cancelled)
            not_cancelled_.push_back(std::move(window_.front()));
        window_.pop_front();
        ++first_;
    }
}

window_sender::flight* window_sender::find(std::uint32_t unit)
{
    if (unit < first_ || unit - first_ >= window_.size()) return nullptr;
    return &window_[unit - first_];
}

void window_sender::sample(const flight& answered)
{
    const net::duration rtt = now_ - answered.sent_at;
    rto_.sample(rtt);
    limit_.on_round_trip(rtt);
    limit_.on_answer(answered.order, order_, now_);
}

void window_sender::acknowledge(std::uint32_t unit)
{
    flight* found = find(unit);
    if (!found || found->acknowledged || found->order == 0) return;
    found->acknowledged = true;
    if (std::exchange(found->due, false)) --due_;
    else --awaited_;
    limit_.on_delivered(1);
    ++counters_.units;
}

// The unit sent with this order has arrived; units sent before may be lost.
void window_sender::repeat_passed(std::uint64_t order)
{
    constexpr int passed_max = 3;
    for (flight& each : window_) {
        if (!each.awaited() || each.order >= order || ++each.passed < passed_max) continue;
        // Where delays differ much, units overtake each other without any loss.
        if (now_ - each.sent_at < rto_.srtt().value_or(net::duration::zero())) continue;
        set_due(each);
        ++counters_.fast_retransmissions;
    }
}

void window_sender::on_time(net::time_point now)
{
    now_ = now;
    if (finished_ || now < deadline()) return;
    if (options_.silence > net::duration::zero() && now - heard_at_ >= options_.silence)
        return finish(fmt::format("heard nothing from the receiver for {}",
                                  format_duration(options_.silence)),
                      0);
    if (options_.flaw != flaw::no_retransmission) repeat_expired();
}

// Whether the next copy of a unit is a probe, which comes before its RTO.
bool window_sender::probes(const flight& each) const
{
    return awaited_ == 1 && each.resent == 0 && rto_.srtt() && 2 * *rto_.srtt() < rto_.rto();
}

net::time_point window_sender::expires_at(const flight& each) const
{
    if (!probes(each)) return each.sent_at + rto_.rto();
    return each.sent_at + std::max(2 * *rto_.srtt(), options_.rto.minimum);
}

void window_sender::repeat_expired()
{
    std::vector<std::size_t> expired; // all first: expires_at changes once one is due
    bool back_off = false;
    for (std::size_t i = 0; i < window_.size(); ++i) {
        const flight& each = window_[i];
        if (!each.awaited() || expires_at(each) > now_) continue;
        expired.push_back(i);
        // Backs off once for all units that were on their way together.
        back_off |= each.sent_at >= backed_off_at_ && !probes(each);
    }
    for (const std::size_t i : expired) {
        flight& late = window_[i];
        if (!late.awaited()) continue; // an older unit took it along
        ++counters_.timeouts;
        if (late.timeouts++ == options_.retries)
            return finish(fmt::format("unit {} was sent {} times and never acknowledged",
                                      first_ + i, late.resent + 1),
                          0);
        set_due(late);
        if (options_.repeat == arq::selective_repeat) continue;
        for (flight& each : window_)
            if (each.awaited()) set_due(each);
    }
    if (!back_off) return;
    rto_.back_off();
    backed_off_at_ = now_;
}

void window_sender::set_due(flight& which)
{
    which.due = true;
    ++due_;
    --awaited_;
}

std::span<const std::byte> window_sender::next_datagram()
{
    if (!finished_ && due_ == 0 && may_read_on()) read_unit();
    if (finished_) {
        if (byes_ == 0) return {};
        --byes_;
        counters_.sent_bytes += static_cast<std::int64_t>(bye_.size());
        return bye_;
    }
    flight* next = next_due();
    if (!next && !not_cancelled_.empty() && not_cancelled_.front().sent_at + rto_.rto() <= now_) {
        ++counters_.retransmissions;
        payload_ = std::move(not_cancelled_.front().datagram);
        not_cancelled_.pop_front();
        return payload_;
    }
    if (!next) return {};
    if (next->order != 0) {
        ++next->resent;
        ++counters_.retransmissions;
    }
    next->due = false;
    --due_;
    ++awaited_;
    next->sent_at = now_;
    next->order = ++order_;
    next->passed = 0;
    counters_.sent_bytes += static_cast<std::int64_t>(next->datagram.size());
    return next->datagram;
}

window_sender::flight* window_sender::next_due()
{
    if (due_ == 0 || awaited_ >= limit_.units()) return nullptr;
    return &*std::find_if(window_.begin(), window_.end(),
                          [](const flight& each) { return each.due; });
}

// The receiver must know of the file before anything of the file comes.
bool window_sender::may_read_on() const
{
    const std::uint32_t most = first_ == 0 ? 1 : std::max(1u, std::min(options_.window, room_));
    return window_.size() < most && first_ + window_.size() <= file_.units() + 1;
}

std::uint32_t window_sender::number_of(std::uint32_t unit) const
{
    constexpr std::uint32_t wraps_at = 256;
    return options_.flaw == flaw::number_wraps ? unit % wraps_at : unit;
}

// Puts one more unit into the window.
void window_sender::read_unit()
{
    const auto unit = static_cast<std::uint32_t>(first_ + window_.size());
    datagram_kind kind = datagram_kind::data;
    if (unit == 0) {
        kind = datagram_kind::open;
        payload_ = encode(file_);
    } else if (unit == file_.units() + 1) {
        kind = datagram_kind::end;
        payload_ = encode(transfer_end{file_.file_size, digest_.finish()});
    } else {
        payload_.resize(file_.size_of(unit));
        if (read_(payload_) != payload_.size())
            return finish(file_.name + " became shorter while it was being sent", 1);
        digest_.update(payload_);
    }
    encode({kind, options_.session, number_of(unit), payload_}, window_.emplace_back().datagram);
    ++due_;
}

net::time_point window_sender::deadline() const
{
    if (finished_) return net::never;
    net::time_point first = net::never;
    if (options_.silence > net::duration::zero()) first = heard_at_ + options_.silence;
    if (options_.flaw == flaw::no_retransmission) return first;
    for (const flight& each : window_)
        if (each.awaited()) first = std::min(first, expires_at(each));
    if (!not_cancelled_.empty())
        first = std::min(first, not_cancelled_.front().sent_at + rto_.rto());
    return first;
}

void window_sender::finish(std::string problem, int byes)
{
    finished_ = true;
    problem_ = std::move(problem);
    byes_ = byes;
    encode({datagram_kind::bye, options_.session, first_}, bye_);
}

} // namespace badwire::wire
