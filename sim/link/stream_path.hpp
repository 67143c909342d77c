// stream_path.hpp: the path of one direction of one TCP connection through a link: what its sender
// offers, in pieces, and when each arrives. Clock-free: the real relay and the virtual network use
// the same path, each by its own clock, so they cannot differ.
//
// A piece enters when the link is not cut and the faults let it (stream_plan.hpp). Each piece waits
// for the one before, then for the bottleneck, and then takes its delay; none overtakes another.
// The end of a stream and a reset are pieces, too. With a rate, a piece is at most a segment's
// payload, so that streams and datagrams share the bottleneck.
//
// Once the link asks for loss in this direction, pieces are segments, a sender's loss_recovery says
// when they are sent, and a cut loses them, too. What is lost is sent again: a piece arrives when
// its segment has, and all before it. Resets are not lost.
//
// A driver calls advance() and take() whenever something was offered, when next_entry() or
// next_arrival() has come, and when the link was changed. It offers no more than there is room()
// for: so many bytes as the window (tcp.window) lets be on their way until they are acknowledged,
// which takes the delay of the other direction from when the receiver has read them and that
// direction is not cut. A reset after some time (reset_after) concerns the whole connection:
// reset_due(). Not thread-safe.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sim/link/byte_queue.hpp"
#include "sim/link/link.hpp"
#include "sim/link/loss_recovery.hpp"
#include "sim/link/segment_witness.hpp"
#include "sim/link/stream_plan.hpp"

namespace badwire::link {

class stream_path : private loss_recovery::wire {
public:
    struct arrival {
        enum class kind { data, end, reset } is;
        bool by_fault = false; // not the sender's own
        bool alone = false;    // a slice, to be read before the next one comes
        std::vector<std::byte> bytes{};
    };

    /// The other direction, by which acknowledgments come back.
    struct way_back {
        way_back(lane& by, const flow& acknowledged) : through(&by), of(acknowledged) {}
        lane* through;
        const flow& of;
    };

    /// The path of the number-th stream of a flow, which begins at `start`. Times count from the
    /// link's start. The lanes must outlive it, or its leaving them.
    stream_path(lane& through, const flow& of, std::uint64_t number, way_back back,
                duration start = duration(0))
        : lane_(&through), flow_(of), number_(number), back_(back), plan_(start)
    {
        through.strikes().stream_opened();
    }

    /// From now on what is offered goes through this lane, and what is acknowledged comes through
    /// that one.
    void go_through(lane& through, lane& back) { lane_ = &through, back_.through = &back; }

    /// Shows it all segments from now on, and acknowledgments; nullptr: nobody. It must outlive the
    /// path.
    void watch(segment_witness* by) { witness_ = by; }

    /// What the sender does. After a close or a reset these are ignored.
    void offer(std::span<const std::byte> bytes, duration now);
    void offer_end() { offer_last(arrival::kind::end); }
    /// Also after the sender's own end, which may have entered: then the reset follows it.
    void offer_reset();

    /// Lets pieces enter that may do so by `now`, which never falls.
    void advance(duration now);
    /// The next thing that has arrived by `now`. Pieces that were not cut on purpose come together,
    /// up to 16 KiB.
    std::optional<arrival> take(duration now);

    /// How many bytes may be offered now.
    std::size_t room(duration now);
    /// The receiver has read so many bytes that it took.
    void was_read(std::size_t bytes, duration now);
    /// When there may be more room; forever: not before more is read.
    duration next_room() const;

    /// The latest time to call advance() again, and the time when take() has something; forever:
    /// not unless something changes.
    duration next_entry() const { return next_entry_; }
    duration next_arrival() const { return on_way_.empty() ? forever : on_way_.front().due; }

    /// An end has entered: further bytes are thrown away.
    bool ended() const { return ended_; }
    /// Bytes of memory: for bytes that were offered and not taken, and for the list of pieces.
    std::size_t held() const { return bytes_.size() + on_way_.size() * sizeof(piece); }

private:
    struct piece {
        duration due; // forever: not yet known
        std::uint32_t bytes;
        arrival::kind is;
        bool by_fault;
        bool alone;
    };

    struct acknowledgment {
        duration due;
        std::size_t bytes;
    };

    /// One of the impairments did something to this stream.
    enum class touch : unsigned { delay, rate, cut, tcp, loss, corrupt, exact };
    static constexpr std::array<std::string_view, 7> touch_names{"delay", "rate",    "cut",  "tcp",
                                                                 "loss",  "corrupt", "exact"};
    void touched_by(touch which);
    static touch loser(const fate& met);

    void acknowledge(std::size_t bytes, duration now);
    std::size_t waiting() const { return bytes_.size() - bytes_on_way_; }
    void offer_last(arrival::kind what);
    void let_enter(duration now);
    void enter(std::size_t bytes, duration now);
    void enter_last(arrival::kind what, bool by_fault, duration now);
    bool recovers();
    duration carry(std::size_t bytes, std::uint64_t place, duration at);
    duration end_delayed(arrival::kind what, duration due);
    std::optional<duration> send(const loss_recovery::segment& what, duration at) override;
    std::optional<duration> acknowledge(const loss_recovery::segment& what, std::uint32_t before,
                                        duration at) override;
    void count_stall(const piece& next);
    void show(const stream_segment& segment, duration at, fate met, std::optional<duration> due);
    void show_piece(const piece& what, duration at);
    void show_acknowledgment(std::uint64_t place, duration at, fate met,
                             std::optional<duration> due);
    void show_taken(const piece& last);

    lane* lane_;
    const flow& flow_;
    std::uint64_t number_;
    way_back back_;
    stream_plan plan_;
    std::uint64_t unacknowledged_ = 0;           // bytes that were offered
    std::deque<acknowledgment> acknowledgments_; // on their way back
    std::size_t read_during_cut_ = 0;            // of the way back: acknowledged when it heals

    byte_queue bytes_; // on their way, then those that wait to enter
    std::size_t bytes_on_way_ = 0;
    std::deque<piece> on_way_;
    std::optional<arrival::kind> last_offered_; // comes after all bytes
    bool closed_ = false;                       // nothing more enters
    bool ended_ = false;
    bool reset_may_follow_ = false;      // the sender's own end was the last that entered
    std::array<bool, 7> touched_{};      // by touch
    std::array<bool, 7> touched_back_{}; // the same of acknowledgments

    duration offered_at_{0}; // since when something waits
    duration departs_{0};    // when the last piece has left the bottleneck
    duration last_due_{0};   // pieces stay in order
    bool blocked_ = false;   // the next piece was not allowed to enter before
    duration next_entry_{forever};

    std::optional<loss_recovery> recovery_{}; // since the link asked for loss
    segment_witness* witness_ = nullptr;
    segment_memory sent_before_{}, acknowledged_before_{};
    std::map<std::uint64_t, duration> hoped_; // of pieces lost at first: when they would arrive
    std::uint64_t taken_ = 0;                 // pieces, that were on their way
    duration acknowledged_due_{0};            // acknowledgments stay in order
    duration taken_due_{0};                   // of the last piece
};

/// When both ends of a connection that began at `start` are reset.
duration reset_due(const stream_faults& asked, duration start);

} // namespace badwire::link
