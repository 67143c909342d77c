#include "impl/wire/media_receiver.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "impl/base/bytes.hpp"
#include "impl/base/units.hpp"
#include "impl/wire/text.hpp"

namespace badwire::wire {

media_receiver::media_receiver(media_receiver_options options)
    : options_(std::move(options)),
      ask_interval_(options_.ask_first),
      seen_(std::make_unique<std::bitset<memory>>())
{
}

void media_receiver::start(net::time_point now)
{
    if (options_.silence > net::duration::zero()) silent_until_ = now + options_.silence;
    ask(now);
}

void media_receiver::ask(net::time_point now)
{
    ++counters_.asks;
    out_.push_back(encode_media(media_kind::ask, options_.session, 0, as_bytes(options_.name)));
    next_ask_ = now + ask_interval_;
    ask_interval_ = std::min(2 * ask_interval_, options_.ask_most);
}

void media_receiver::transmit(media_kind kind)
{
    const auto received = static_cast<std::uint32_t>(counters_.received);
    out_.push_back(encode_media(kind, options_.session, 0, encode_report(received)));
}

std::optional<std::vector<std::byte>> media_receiver::next_datagram()
{
    if (out_.empty()) return std::nullopt;
    std::optional<std::vector<std::byte>> next(std::move(out_.front()));
    out_.pop_front();
    return next;
}

std::optional<media_unit> media_receiver::on_datagram(std::span<const std::byte> bytes,
                                                      net::time_point now)
{
    if (finished_) return std::nullopt;
    const auto frame = decode_frame(media_letter, bytes);
    if (!frame) {
        if (!answered_ && as_text(bytes) == classic_stream_not_found)
            finish("the server speaks the classic wire only; try --wire classic");
        else ++counters_.corrupt;
        return std::nullopt;
    }
    if (frame->session != options_.session) {
        ++counters_.foreign;
        return std::nullopt;
    }
    const auto kind = static_cast<media_kind>(frame->kind);
    const auto unit = kind == media_kind::data ? decode_media_unit(*frame) : std::nullopt;
    const bool makes_sense = unit || kind == media_kind::end || kind == media_kind::refuse;
    if (!makes_sense || (unit && end_ && frame->unit >= units_)) {
        ++counters_.corrupt;
        return std::nullopt;
    }
    if (kind == media_kind::refuse) {
        if (!answered_)
            finish(fmt::format("the server refused: {}", printable(as_text(frame->payload))));
        return std::nullopt;
    }
    if (kind == media_kind::end) {
        on_end(*frame, now);
        return std::nullopt;
    }

    if (!std::exchange(answered_, true)) next_report_ = now + options_.report;
    next_ask_ = net::never;
    if (options_.silence > net::duration::zero()) silent_until_ = now + options_.silence;
    if (already_has(frame->unit)) {
        ++counters_.duplicates;
        return std::nullopt;
    }
    ++counters_.received;
    counters_.received_bytes += static_cast<std::int64_t>(unit->contents.size());
    sample_jitter(*unit, now);
    advance_playable(frame->unit, unit->offset + unit->contents.size());
    if (end_ && lost() == 0) finish({});
    return unit;
}

// Also marks the unit as seen.
bool media_receiver::already_has(std::uint32_t unit)
{
    if (unit < seen_to_) {
        if (seen_to_ - unit > memory || seen_->test(unit % memory)) return true;
        ++counters_.reordered;
    } else {
        // Forgets units that are now too far behind.
        const std::int64_t fresh = std::min<std::int64_t>(unit - seen_to_ + 1, memory);
        for (std::int64_t back = 0; back < fresh; ++back)
            seen_->reset(static_cast<std::size_t>(unit - back) % memory);
        seen_to_ = std::int64_t{unit} + 1;
    }
    seen_->set(unit % memory);
    return false;
}

void media_receiver::on_end(const frame& from, net::time_point now)
{
    const auto end = decode_media_end(from);
    if (!end || from.unit < seen_to_) {
        ++counters_.corrupt;
        return;
    }
    transmit(media_kind::bye);
    if (end_) return;
    answered_ = true;
    end_ = end;
    units_ = from.unit;
    next_ask_ = next_report_ = silent_until_ = net::never;
    if (lost() == 0) return finish({});
    settled_at_ = now + options_.settle;
}

void media_receiver::sample_jitter(const media_unit& unit, net::time_point now)
{
    if (std::exchange(jitter_begun_, true)) {
        const net::duration difference = (now - last_arrival_) - (unit.timestamp - last_timestamp_);
        jitter_ += (std::abs(static_cast<double>(difference.count())) - jitter_) / 16;
    }
    last_arrival_ = now;
    last_timestamp_ = unit.timestamp;
}

void media_receiver::advance_playable(std::uint32_t unit, std::uint64_t reaches_to)
{
    furthest_bytes_ = std::max(furthest_bytes_, reaches_to);
    if (unit < next_playable_) return; // the player is past it
    const auto take_next = [this] {
        playable_bytes_ =
            std::max(playable_bytes_, std::exchange(reaches_to_[next_playable_ % patience], 0));
        ++next_playable_;
    };
    for (std::uint32_t i = 0; i < patience && unit - next_playable_ >= patience; ++i) take_next();
    if (unit - next_playable_ >= patience) next_playable_ = unit - patience + 1; // a long gap
    reaches_to_[unit % patience] = reaches_to;
    while (reaches_to_[next_playable_ % patience] > 0) take_next();
}

void media_receiver::finish(std::string problem)
{
    finished_ = true;
    problem_ = std::move(problem);
    playable_bytes_ = end_ ? end_->file_size : furthest_bytes_;
    if (answered_) transmit(media_kind::bye); // again: a bye may be lost, unnoticed
}

void media_receiver::on_time(net::time_point now)
{
    if (finished_) return;
    if (now >= settled_at_) return finish({});
    if (now >= silent_until_)
        return finish(fmt::format("{} for {} (--timeout sets how long to wait)",
                                  answered_ ? "the stream broke off: nothing came"
                                            : "the server did not answer",
                                  format_duration(options_.silence)));
    if (now >= next_ask_) ask(now);
    if (now >= next_report_) {
        transmit(media_kind::report);
        next_report_ = now + options_.report;
    }
}

net::time_point media_receiver::deadline() const
{
    if (finished_) return net::never;
    return std::min({settled_at_, silent_until_, next_ask_, next_report_});
}

} // namespace badwire::wire
