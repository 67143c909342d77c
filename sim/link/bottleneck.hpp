// bottleneck.hpp: a queue in front of a transmitter that sends so many bits a second, or delivers
// when a trace says. All flows of a direction share it. Clock-free; not thread-safe.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "sim/link/impairments.hpp"

namespace badwire::link {

class bottleneck {
public:
    /// From now on this rate holds; packets that were admitted before keep their times.
    void set(const rate_model& asked);

    /// How long a packet of so many bytes, offered at `now`, waits and is transmitted. Nothing: the
    /// queue was full, and the packet is dropped.
    std::optional<duration> admit(std::size_t bytes, duration now);

    /// The same for bytes that are never dropped.
    duration transmit(std::size_t bytes, duration now);

private:
    struct waiting {
        duration until; // when the packet leaves the queue
        std::uint64_t bytes;
    };

    duration finish(std::size_t bytes, duration now);
    duration finish_by_trace(std::uint64_t bytes, duration now);
    duration opportunity() const;

    rate_model asked_;
    duration busy_until_{0};
    double fraction_ns_ = 0; // of busy_until_, so that rounding errors do not add up

    std::uint64_t lap_ = 0;  // of the trace
    std::size_t place_ = 0;  // in the trace: the next opportunity
    std::uint64_t left_ = 0; // bytes that this opportunity still has room for

    std::deque<waiting> queue_;
    std::uint64_t queued_bytes_ = 0;
};

} // namespace badwire::link
