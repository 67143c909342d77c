// stream_plan.hpp: what stream_faults do to one direction of a TCP connection, byte by byte.
// Clock-free and pure, as the rest of the link.
//
// Where several faults wait at the same byte, they come in this order: stall, reset, close; a close
// at a time waits for nothing. A fault
// that a change brings after its byte has passed happens at once. A fault that a change takes away
// ends, even a stall that would last for ever.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "sim/link/impairments.hpp"

namespace badwire::link {

/// A time that never comes.
inline constexpr duration forever = duration::max();

/// A time after another, no later than forever; for `by` of any length that is not negative.
constexpr duration later(duration from, duration by)
{
    return by < forever - from ? from + by : forever;
}

/// What may happen next in a direction.
struct stream_step {
    enum class kind { pass, wait, close, reset };
    kind is = kind::pass;
    std::size_t bytes = 0;    // pass: so many; none of those waiting: the sender's end may pass
    duration until = forever; // wait, or pass of nothing: something else may happen then
    bool operator==(const stream_step&) const = default;
};

class stream_plan {
public:
    /// Of a stream that began at `start`.
    explicit stream_plan(duration start = duration(0)) : start_(start) {}

    /// `waiting`: bytes that are there to pass, in pieces of at most `slice` (0: of any size). `now`
    /// never falls.
    stream_step next(const stream_faults& asked, std::size_t waiting, duration now,
                     std::size_t slice);

    /// So many bytes have passed, the last one at `when`.
    void passed(std::size_t bytes, duration when);

    /// How many bytes have passed.
    std::uint64_t offset() const { return offset_; }

private:
    bool reached(const std::optional<std::uint64_t>& bound) const
    {
        return bound && offset_ >= *bound;
    }
    duration stalled_until(const stream_faults& asked, duration now);

    stream_step before_close(const stream_faults& asked, std::size_t waiting, duration now,
                             std::size_t slice);

    duration start_;
    std::uint64_t offset_ = 0;
    std::optional<duration> last_passed_;
    std::optional<std::uint64_t> stalled_after_; // the stall that has begun, and when
    duration stalled_since_{0};
};

} // namespace badwire::link
