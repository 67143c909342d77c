#include "sim/link/stream_setup.hpp"

#include <utility>

namespace badwire::link {
namespace {

constexpr duration first_timeout = std::chrono::seconds(1);
constexpr int repetitions_max = 6;
// Their places among the segments of the set-up.
constexpr std::uint64_t at_request = 0, at_answer = 0, at_acknowledgment = 1, at_second_answer = 1;

} // namespace

stream_setup::stream_setup(lane& up, const flow& flow_up, lane& down, const flow& flow_down,
                           std::uint64_t number, duration start)
    : up_(&up),
      down_(&down),
      flow_up_(flow_up),
      flow_down_(flow_down),
      number_(number),
      start_(start),
      due_(start)
{
}

std::optional<duration> stream_setup::send(direction which, std::uint64_t place, duration now)
{
    lane& along = which == direction::up ? *up_ : *down_;
    const flow& of = which == direction::up ? flow_up_ : flow_down_;
    along.advance(now);
    const stream_segment what{stream_segment::kind::syn, number_, place,
                              static_cast<std::uint32_t>(repetitions_)};
    fate met = along.decide(of, what, sent_before_.at(static_cast<std::size_t>(which)));
    // The third packet is lost only where segments can be: see acknowledge().
    if (place == at_acknowledgment && !along.loses_segments()) met = {};
    ++along.streams().segments;
    if (repetitions_ > 0) ++along.streams().retransmitted;
    std::optional<duration> due;
    if (segment_lost(met)) {
        ++along.streams().lost;
        if (!std::exchange(struck_by_.at(static_cast<std::size_t>(met.why)), true)) {
            if (met.why == cause::cut || met.why == cause::partition) along.stream_cut(of);
            else along.strikes().stream_struck(met.dropped ? to_string(met.why) : "corrupt");
        }
    } else {
        met.delay += along.stream_delay(of, number_, 0);
        due = now + met.delay;
    }
    if (witness_ != nullptr)
        witness_->saw({.which = which,
                       .what = what,
                       .sent = now,
                       .arrives = due,
                       .reset = which == direction::down && !accepts_,
                       .why = along.explain(met)});
    return due;
}

// The timeouts double: repetitions come 1, 3, 7, … times the first one after the start.
void stream_setup::ask_again()
{
    ++up_->streams().timeouts;
    ++repetitions_;
    go(step::asking, start_ + first_timeout * ((1 << repetitions_) - 1));
}

void stream_setup::acknowledge(duration now)
{
    const bool again = step_ == step::acknowledging_again;
    std::optional<duration> due;
    if (!again || send(direction::down, at_second_answer, now))
        due = send(direction::up, at_acknowledgment, now);
    if (due) return go(step::acknowledging, *due);
    ++repetitions_;
    go(step::acknowledging_again,
       now + first_timeout * (1 << std::min(repetitions_ - 1, repetitions_max)));
}

stream_setup::event stream_setup::next(duration now)
{
    while (step_ != step::over && now >= due_) {
        switch (step_) {
        case step::asking:
            if (repetitions_ > repetitions_max) return go(step::over, forever), event::given_up;
            if (const auto due = send(direction::up, at_request, now)) go(step::asked, *due);
            else ask_again();
            break;
        case step::asked: go(step::answering, now); return event::asked;
        case step::answering:
            if (const auto due = send(direction::down, at_answer, now)) go(step::answered, *due);
            else ask_again();
            break;
        case step::answered:
            if (!accepts_) return go(step::over, forever), event::refused;
            repetitions_ = 0;
            acknowledge(now);
            return event::established;
        case step::acknowledging_again:
            // At this time the client's bytes come, or the server's answer again.
            if (bytes_came_) return go(step::over, forever), event::acknowledged;
            acknowledge(now);
            break;
        case step::acknowledging: go(step::over, forever); return event::acknowledged;
        case step::over: break;
        }
    }
    return event::none;
}

} // namespace badwire::link
