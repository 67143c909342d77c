#include "impl/wire/datagram_channel.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "impl/base/bytes.hpp"
#include "impl/base/units.hpp"
#include "impl/base/utf8.hpp"

namespace badwire::wire {

namespace {

constexpr char channel_letter = 'C';

} // namespace

datagram_channel::datagram_channel(channel_options options)
    : options_(options), rto_(options.rto), classic_(!options.framed)
{
}

void datagram_channel::send(std::string text, net::time_point now)
{
    ++counters_.messages_sent;
    queue_.push_back({data, std::move(text)});
    send_next(now);
}

void datagram_channel::close(net::time_point now)
{
    if (closing_until_ != net::never || finished_ || linger_until_ != net::never) return;
    const bool nobody_knows_us = unit_ == 0 && queue_.empty() && !peer_session_;
    if (classic_ || nobody_knows_us) {
        finished_ = true;
        return;
    }
    closing_until_ = now + options_.farewell_max;
    queue_.push_back({end, {}});
    send_next(now);
}

// Puts the first message of the queue on its way, if none is.
void datagram_channel::send_next(net::time_point now)
{
    if (on_its_way_ || queue_.empty()) return;
    if (classic_) {
        for (const outgoing& each : queue_) transmit(each.what, 0, 0, each.text);
        queue_.clear();
        return;
    }
    on_its_way_ = true;
    outgoing& first = queue_.front();
    first.first_sent = first.sent = now;
    transmit(first.what, options_.session, unit_, first.text);
}

void datagram_channel::transmit(kind what, std::uint32_t session, std::uint32_t unit,
                                std::string_view text)
{
    const auto payload = as_bytes(text);
    if (classic_) out_.emplace_back(payload.begin(), payload.end());
    else out_.push_back(encode_frame(channel_letter, {what, session, unit, payload}));
}

std::optional<std::vector<std::byte>> datagram_channel::next_datagram()
{
    if (out_.empty()) return std::nullopt;
    std::optional<std::vector<std::byte>> next(std::move(out_.front()));
    out_.pop_front();
    return next;
}

void datagram_channel::on_datagram(std::span<const std::byte> bytes, net::time_point now)
{
    if (finished_) return;
    const auto frame = decode_frame(channel_letter, bytes);
    if (!frame) return on_plain(bytes);
    if (classic_) { // by our own choice; the peer will answer in plain text, too
        ++counters_.foreign;
        return;
    }
    switch (frame->kind) {
    case data:
    case end: return on_unit(*frame, now);
    case ack: return on_ack(*frame, now);
    case bye:
        if (linger_until_ != net::never && frame->session == peer_session_) finished_ = true;
        return;
    case busy: return on_busy(*frame);
    default: ++counters_.corrupt;
    }
}

void datagram_channel::on_plain(std::span<const std::byte> bytes)
{
    if (peer_session_ || has_frame_magic(channel_letter, bytes) || !may_be_text(bytes)) {
        ++counters_.corrupt;
        return;
    }
    turn_classic();
    deliver(as_text(bytes));
}

// The message on its way was sent as a frame, which a classic peer cannot read: send it as text.
void datagram_channel::turn_classic()
{
    if (std::exchange(classic_, true)) return;
    on_its_way_ = false;
    std::erase_if(queue_, [](const outgoing& each) { return each.what != data; });
    send_next({});
    if (closing_until_ != net::never) finished_ = true;
}

void datagram_channel::deliver(std::string_view text)
{
    if (text.size() > chat_bytes_max || count_characters(text) > chat_characters_max) {
        events_.push_back(
            {channel_event::refused,
             fmt::format("refused a message of more than {} characters", chat_characters_max)});
        return;
    }
    ++counters_.messages_received;
    events_.push_back({channel_event::heard, std::string(text)});
}

void datagram_channel::on_unit(const frame& frame, net::time_point now)
{
    if (!peer_session_ && frame.unit == 0) peer_session_ = frame.session;
    if (frame.session != peer_session_) {
        ++counters_.foreign;
        return;
    }
    if (frame.unit > expected_) return; // a correct peer does not run ahead
    const bool is_new = frame.unit == expected_;
    if (is_new && linger_until_ != net::never) return; // nothing comes after the end
    transmit(ack, frame.session, frame.unit);
    if (!is_new) {
        ++counters_.duplicates;
        if (options_.flaw == flaw::duplicate_taken && frame.kind == data)
            return deliver(as_text(frame.payload));
    } else {
        ++expected_;
        if (frame.kind == data) return deliver(as_text(frame.payload));
        events_.push_back({channel_event::left});
        const bool both_end = on_its_way_ && queue_.front().what == end;
        if (!both_end) queue_.clear(), on_its_way_ = false; // the peer has left
    }
    if (frame.kind == end && linger_until_ == net::never) linger_until_ = now + linger_time();
}

void datagram_channel::on_ack(const frame& frame, net::time_point now)
{
    const bool of_another = frame.unit != unit_ && options_.flaw != flaw::unchecked_ack;
    if (!on_its_way_ || frame.session != options_.session || of_another) return;
    const outgoing& first = queue_.front();
    if (!first.resent) rto_.sample(now - first.sent); // Karn's rule
    const bool was_end = first.what == end;
    queue_.pop_front();
    on_its_way_ = false;
    if (was_end) { // a bye is not acknowledged, and may be lost: send two
        for (int copy = 0; copy < 2; ++copy) transmit(bye, options_.session, unit_);
        finished_ = true;
        return;
    }
    ++unit_;
    send_next(now);
}

net::duration datagram_channel::linger_time() const
{
    return options_.flaw == flaw::awaits_last_word ? std::chrono::hours(24) : options_.linger;
}

// Only a peer that never took anything of ours can be busy with somebody else.
void datagram_channel::on_busy(const frame& frame)
{
    const bool of_ours = on_its_way_ && frame.session == options_.session && frame.unit == unit_;
    if (!of_ours || unit_ > 0 || peer_session_) return;
    events_.push_back({channel_event::lost, "the other side talks with somebody else; try again "
                                            "when they have ended"});
    finished_ = true;
}

std::optional<std::vector<std::byte>> busy_answer(std::span<const std::byte> datagram)
{
    const auto asked = decode_frame(channel_letter, datagram);
    if (!asked || asked->kind > datagram_channel::end) return {};
    return encode_frame(channel_letter, {datagram_channel::busy, asked->session, asked->unit});
}

void datagram_channel::on_time(net::time_point now)
{
    if (finished_ || now < deadline()) return;
    if (now >= linger_until_ || now >= closing_until_) {
        if (on_its_way_ && queue_.front().what == data) lose(options_.farewell_max);
        finished_ = true;
        return;
    }
    outgoing& first = queue_.front();
    if (now - first.first_sent >= options_.give_up) {
        lose(options_.give_up);
        finished_ = true;
        return;
    }
    if (now < next_copy_due() || options_.flaw == flaw::no_retransmission) return;
    first.resent = true;
    first.sent = now;
    ++counters_.retransmissions;
    rto_.back_off();
    transmit(first.what, options_.session, unit_, first.text);
}

void datagram_channel::lose(net::duration after)
{
    events_.push_back(
        {channel_event::lost, fmt::format("a message was not acknowledged for {}; has "
                                          "the other side gone?",
                                          format_duration(after))});
}

net::time_point datagram_channel::next_copy_due() const
{
    const bool closing = closing_until_ != net::never;
    return queue_.front().sent +
           (closing ? std::min(rto_.rto(), options_.farewell_interval) : rto_.rto());
}

net::time_point datagram_channel::deadline() const
{
    if (finished_) return net::never;
    net::time_point due = std::min(linger_until_, closing_until_);
    if (on_its_way_) {
        const outgoing& first = queue_.front();
        due = std::min(due, first.first_sent + options_.give_up);
        if (options_.flaw != flaw::no_retransmission) due = std::min(due, next_copy_due());
    }
    return due;
}

} // namespace badwire::wire
