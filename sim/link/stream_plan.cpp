#include "sim/link/stream_plan.hpp"

#include <algorithm>

namespace badwire::link {

duration stream_plan::stalled_until(const stream_faults& asked, duration now)
{
    if (!reached(asked.stall_after_bytes)) return now;
    if (stalled_after_ != asked.stall_after_bytes) {
        stalled_after_ = asked.stall_after_bytes;
        stalled_since_ = now;
    }
    return asked.stall_for ? later(stalled_since_, *asked.stall_for) : forever;
}

stream_step stream_plan::next(const stream_faults& asked, std::size_t waiting, duration now,
                              std::size_t slice)
{
    const duration closes = asked.close_after ? later(start_, *asked.close_after) : forever;
    if (closes <= now) return {stream_step::kind::close};
    stream_step step = before_close(asked, waiting, now, slice);
    step.until = std::min(step.until, closes);
    return step;
}

stream_step stream_plan::before_close(const stream_faults& asked, std::size_t waiting, duration now,
                                      std::size_t slice)
{
    using kind = stream_step::kind;
    if (const auto until = stalled_until(asked, now); until > now) return {kind::wait, 0, until};
    if (reached(asked.reset_after_bytes)) return {kind::reset};
    if (reached(asked.close_after_bytes)) return {kind::close};
    if (waiting == 0) return {kind::pass};
    if (last_passed_) {
        const auto next_slice = later(*last_passed_, asked.slice_gap);
        if (next_slice > now) return {kind::wait, 0, next_slice};
    }

    std::uint64_t bytes = waiting;
    if (slice > 0) bytes = std::min<std::uint64_t>(bytes, slice);
    for (const auto& bound :
         {asked.stall_after_bytes, asked.reset_after_bytes, asked.close_after_bytes})
        if (bound && !reached(bound)) bytes = std::min(bytes, *bound - offset_);
    return {kind::pass, static_cast<std::size_t>(bytes)};
}

void stream_plan::passed(std::size_t bytes, duration when)
{
    offset_ += bytes;
    last_passed_ = when;
}

} // namespace badwire::link
