// The part of stream_path.hpp that concerns segments that can be lost, and who is shown them.
#include <algorithm>
#include <utility>

#include "sim/link/stream_path.hpp"

namespace badwire::link {

bool stream_path::recovers()
{
    if (!recovery_ && lane_->loses_segments())
        recovery_.emplace(lane_->stream_delay(flow_, number_, 0) +
                          back_.through->stream_delay(back_.of, number_, 0));
    return recovery_.has_value();
}

std::optional<duration> stream_path::send(const loss_recovery::segment& what, duration at)
{
    const stream_segment segment{what.end ? stream_segment::kind::end : stream_segment::kind::data,
                                 number_,
                                 what.offset,
                                 what.before,
                                 what.bytes,
                                 what.contents ? std::span<const std::byte>(*what.contents)
                                               : std::span<const std::byte>()};
    const fate met = lane_->decide(flow_, segment, sent_before_);
    constexpr unsigned repetition_bit = 48; // each time it is sent, the delay is another
    const std::uint64_t place = what.offset | std::uint64_t{what.before} << repetition_bit;
    duration due = carry(what.bytes, place, at) + met.delay;
    if (what.end) due = end_delayed(arrival::kind::end, due);
    stream_counters& count = lane_->streams();
    ++count.segments;
    piece* const of = what.piece < taken_ ? nullptr : &on_way_[what.piece - taken_];
    const bool lost = segment_lost(met);
    if (witness_ != nullptr) show(segment, at, met, lost ? std::nullopt : std::optional(due));
    if (lost) {
        ++count.lost;
        touched_by(loser(met));
        if (of != nullptr) hoped_.emplace(what.piece, due); // the first time only
        return {};
    }
    last_due_ = due;
    if (of != nullptr) of->due = std::min(of->due, due);
    return due;
}

std::optional<duration> stream_path::acknowledge(const loss_recovery::segment& what,
                                                 std::uint32_t before, duration at)
{
    lane& back = *back_.through;
    back.advance(at);
    const fate met =
        back.decide(back_.of, {stream_segment::kind::acknowledgment, number_, what.offset, before},
                    acknowledged_before_);
    std::optional<duration> due;
    if (segment_lost(met)) {
        const auto by = static_cast<std::size_t>(loser(met));
        if (!std::exchange(touched_back_.at(by), true))
            back.strikes().stream_struck(touch_names.at(by));
    } else {
        due = acknowledged_due_ =
            std::max(acknowledged_due_, at + back.stream_delay(back_.of, number_, what.offset));
    }
    if (witness_ != nullptr) show_acknowledgment(what.offset, at, met, due);
    return due;
}

// It was just taken. A piece that was lost held up those behind it, from when the one before had come.
void stream_path::count_stall(const piece& next)
{
    if (const auto lost = hoped_.find(taken_ - 1); lost != hoped_.end()) {
        const duration from = std::max(lost->second, taken_due_);
        if (next.due > from) lane_->streams().add_stall(next.due - from);
        hoped_.erase(lost);
    }
    taken_due_ = std::max(taken_due_, next.due);
}

void stream_path::show(const stream_segment& segment, duration at, fate met,
                       std::optional<duration> due)
{
    if (due) met.delay = *due - at;
    std::string why = lane_->explain(met);
    if (!met.dropped && met.flip_bits > 0) why += "; dropped by its receiver: the checksum differs";
    if (segment.before > 0)
        why = "retransmission " + std::to_string(segment.before) + (why.empty() ? "" : ": ") + why;
    witness_->saw({.which = lane_->which(),
                   .what = segment,
                   .payload = segment.contents,
                   .sent = at,
                   .arrives = due,
                   .why = std::move(why)});
}

// The last that entered, where nothing can be lost.
void stream_path::show_piece(const piece& what, duration at)
{
    fate met;
    met.delay = what.due - at;
    const std::vector<std::byte> contents = bytes_.copy(bytes_on_way_ - what.bytes, what.bytes);
    const auto is = what.is == arrival::kind::data  ? stream_segment::kind::data
                    : what.is == arrival::kind::end ? stream_segment::kind::end
                                                    : stream_segment::kind::acknowledgment;
    witness_->saw({.which = lane_->which(),
                   .what = {is, number_, plan_.offset(), 0},
                   .payload = contents,
                   .sent = at,
                   .arrives = what.due,
                   .reset = what.is == arrival::kind::reset,
                   .why = lane_->explain(met)});
}

void stream_path::show_acknowledgment(std::uint64_t place, duration at, fate met,
                                      std::optional<duration> due)
{
    if (due) met.delay = *due - at;
    const lane& back = *back_.through;
    witness_->saw({.which = back.which(),
                   .what = {stream_segment::kind::acknowledgment, number_, place, 0},
                   .sent = at,
                   .arrives = due,
                   .why = back.explain(met)});
}

// Where nothing can be lost, whoever takes a piece acknowledges it.
void stream_path::show_taken(const piece& last)
{
    if (witness_ == nullptr || recovery_ || last.is == arrival::kind::reset) return;
    const duration due = last.due + back_.through->stream_delay(back_.of, number_, plan_.offset());
    show_acknowledgment(plan_.offset(), last.due, {}, std::max(due, acknowledged_due_));
    acknowledged_due_ = std::max(due, acknowledged_due_);
}

} // namespace badwire::link
