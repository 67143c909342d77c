#include "sim/link/stream_setup.hpp"

#include <utility>

namespace badwire::link {
namespace {

constexpr duration first_timeout = std::chrono::seconds(1);
constexpr int repetitions_max = 6;

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

bool stream_setup::cut(lane& lane, const flow& of, duration now)
{
    lane.advance(now);
    if (!lane.cuts(of)) return false;
    if (!std::exchange(met_cut_, true)) lane.stream_cut(of);
    return true;
}

// The timeouts double: repetitions come 1, 3, 7, … times the first one after the start.
void stream_setup::ask_again()
{
    ++repetitions_;
    go(step::asking, start_ + first_timeout * ((1 << repetitions_) - 1));
}

stream_setup::event stream_setup::next(duration now)
{
    while (step_ != step::over && now >= due_) {
        switch (step_) {
        case step::asking:
            if (repetitions_ > repetitions_max) return go(step::over, forever), event::given_up;
            if (cut(*up_, flow_up_, now)) ask_again();
            else go(step::asked, now + up_->stream_delay(flow_up_, number_, 0));
            break;
        case step::asked: go(step::answering, now); return event::asked;
        case step::answering:
            if (cut(*down_, flow_down_, now)) ask_again();
            else go(step::answered, now + down_->stream_delay(flow_down_, number_, 0));
            break;
        case step::answered:
            if (!accepts_) return go(step::over, forever), event::refused;
            up_->advance(now);
            go(step::acknowledging, now + up_->stream_delay(flow_up_, number_, 0));
            return event::established;
        case step::acknowledging: go(step::over, forever); return event::acknowledged;
        case step::over: break;
        }
    }
    return event::none;
}

} // namespace badwire::link
