// bottleneck.hpp: a queue in front of a transmitter that sends so many bits a second, as a token
// bucket allows, or delivers when a trace says. All flows of a direction share it, and several
// links may.
//
// Without an AQM the queue drops its tail, and what becomes of a packet is known when it comes:
// admit(). With one, the packet waits in a managed queue: enter(), and then serve() whenever
// next_service() has come. Clock-free: no time that it is told falls. Not thread-safe.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>

#include "sim/link/managed_queue.hpp"

namespace badwire::link {

inline constexpr duration never = duration::max();

class bottleneck {
public:
    /// From now on this rate and this AQM hold; packets that were admitted before keep their times,
    /// and those that waited in a queue that is no longer managed so are transmitted in order.
    void set(const rate_model& asked, const aqm_model& managed = {});

    /// Whether packets enter() and wait, where they are otherwise admitted.
    bool managed() const { return queue_ != nullptr; }

    /// How long a packet of so many bytes, offered at `now`, waits and is transmitted. Nothing: the
    /// queue was full, and the packet is dropped.
    std::optional<duration> admit(std::size_t bytes, duration now);

    /// The same for bytes that are never dropped.
    duration transmit(std::size_t bytes, duration now);

    /// Waits with others, and is told what comes of it, now or later; its bytes are without
    /// overhead.
    void enter(queued_packet one, duration now);
    /// The same for bytes of a stream, which are never dropped, and told at once how long they wait
    /// and are transmitted: by what waits now, whatever comes or is dropped before their turn.
    duration reserve(std::size_t bytes, duration now);
    /// Lets packets go whose turn has come.
    void serve(duration now);
    /// When serve() has something to do; never: not before a packet enters.
    duration next_service() const;
    /// The same, if nobody was told so yet: for somebody who will call serve() then.
    std::optional<duration> claim_service();
    /// Guests of that owner will not be told.
    void forget(const void* owner);

private:
    struct waiting {
        duration until; // when the packet leaves the queue
        std::uint64_t bytes;
    };

    bool is_full(std::size_t packets, std::uint64_t bytes) const;
    void tell_dropped(duration at);
    static void drop(const queued_packet& one, cause why, duration at);
    void serve_all_until(duration now);
    duration time_to_fill(duration now) const;
    duration finish(std::uint64_t size, duration now);
    duration finish_by_trace(std::uint64_t bytes, duration now);
    void go_to_opportunity(duration now);
    void next_opportunity();
    duration opportunity() const;

    rate_model asked_;
    aqm_model aqm_;

    // How far the transmitter has come.
    struct progress {
        duration busy_until{never / -2}; // the bucket was empty then, if all since had filled it
        double fraction_ns = 0;          // of busy_until, so that rounding errors do not add up

        std::uint64_t lap = 0;  // of the trace
        std::size_t place = 0;  // in the trace: the next opportunity
        std::uint64_t left = 0; // bytes that this opportunity still has room for
    };
    progress done_;

    std::deque<waiting> tail_drop_;
    std::uint64_t queued_bytes_ = 0;

    std::unique_ptr<managed_queue> queue_;
    dropped_packets dropped_;
    duration ready_{0}; // since when something waits
    duration claimed_{never};
};

} // namespace badwire::link
