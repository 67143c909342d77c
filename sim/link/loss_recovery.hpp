// loss_recovery.hpp: what the sender of a TCP stream does where segments are lost, after Linux's
// defaults: selective acknowledgments; RACK and tail loss probes (RFC 8985) find losses in about a
// round trip, a retransmission timeout (RFC 6298, at least 200 ms more than a round trip, doubled
// each time) finds the rest; a congestion window begins at 10 segments (RFC 6928) and moves by
// CUBIC (congestion_window.hpp). docs/tcp_model.md says what is left out.
//
// The receiver acknowledges each segment at once; what a lost acknowledgment said, the next one
// says. Clock-free: it moves from event to event, and a wire carries what it sends. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "sim/link/congestion_window.hpp"
#include "sim/link/stream_plan.hpp"
#include "sim/link/stream_segment.hpp"

namespace badwire::link {

class loss_recovery {
public:
    struct segment {
        std::uint64_t piece = 0;  // the caller's number for it
        std::uint64_t offset = 0; // of its first byte
        std::uint32_t bytes = 0;
        bool end = false;
        std::uint32_t before = 0; // how many times it was sent before
        std::shared_ptr<const std::vector<std::byte>> contents{}; // where somebody looks
    };

    /// What carries segments and acknowledgments; each arrives in the order of sending.
    class wire {
    public:
        virtual ~wire() = default;
        /// When it arrives; nothing: it is lost.
        virtual std::optional<duration> send(const segment& what, duration at) = 0;
        /// The same of its acknowledgment, which is sent for the before-th time.
        virtual std::optional<duration> acknowledge(const segment& what, std::uint32_t before,
                                                    duration at) = 0;
    };

    /// `round_trip`: as the handshake saw it. The counters must outlive it.
    explicit loss_recovery(duration round_trip);

    /// Whether the congestion window has room for a new segment.
    bool may_send() const { return lost_ == 0 && in_flight_ < window_.segments(); }
    /// A new segment, sent at a time that is no earlier than that of any event before.
    void send(segment what, duration at, wire& by, stream_counters& count);
    /// The next thing that happens: an arrival, an acknowledgment or a timer.
    duration next_event() const;
    /// Lets it happen.
    void step(wire& by, stream_counters& count);

private:
    struct sent_segment {
        segment what;
        duration sent{0};        // the latest time
        std::uint64_t order = 0; // of this among all transmissions
        std::uint32_t received = 0;
        bool acknowledged = false;
        bool lost = false; // and not sent again
        bool probed = false;
        bool was_lost = false; // its first transmission
    };
    struct arrival {
        duration due, sent;
        std::uint64_t id, order;
    };
    struct acknowledgment {
        duration due;
        std::vector<arrival> of;
    };
    enum class state { open, recovery, loss };
    enum class timer { none, reordering, probe, timeout };

    sent_segment* find(std::uint64_t id);
    void transmit(sent_segment& what, std::uint64_t id, duration at, wire& by,
                  stream_counters& count);
    void arrive(wire& by, stream_counters& count);
    void take_acknowledgment(wire& by, stream_counters& count);
    void acknowledge(const arrival& one, duration at, stream_counters& count);
    bool window_in_use() const;
    void measure(duration round_trip, stream_counters& count);
    void find_losses(duration at, stream_counters& count);
    void begin_recovery(stream_counters& count);
    void retransmit(duration at, bool one_at_least, wire& by, stream_counters& count);
    void probe(duration at, wire& by, stream_counters& count);
    void time_out(duration at, wire& by, stream_counters& count);
    void arm(duration at);
    duration timeout() const;

    congestion_window window_;
    std::deque<sent_segment> sent_; // from the first that is not acknowledged
    std::uint64_t first_id_ = 0;    // its number
    std::deque<arrival> arrivals_;
    std::vector<arrival> untold_; // have arrived, but their acknowledgments were lost
    std::deque<acknowledgment> acknowledgments_;
    std::uint64_t transmissions_ = 0;

    std::uint64_t in_flight_ = 0;             // not acknowledged, not known to be lost
    std::uint64_t lost_ = 0;                  // known to be, and not sent again
    std::uint64_t selectively_ = 0;           // acknowledged behind a hole
    std::uint64_t peak_ = 0, peak_until_ = 0; // the most in flight, and when that is past
    state state_ = state::open;
    std::uint64_t recovered_at_ = 0; // the number that ends recovery
    std::uint64_t newest_ = 0;       // RACK: the latest transmission that has arrived
    duration newest_round_trip_{0};

    duration smoothed_{0}, variation_{0}, least_;
    unsigned backoff_ = 0;
    duration timeout_from_{0};
    bool probing_ = false; // a probe was sent since the last acknowledgment
    timer armed_ = timer::none;
    duration due_ = forever;
};

} // namespace badwire::link
