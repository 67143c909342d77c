// stream_setup.hpp: how a TCP connection through a link begins (RFC 9293, section 3.5): the client's
// request (SYN) goes up, the server's answer (SYN with ACK, or RST) comes down, and the client's
// acknowledgment goes up. Each takes the link's delay. A request or an answer that meets a cut or
// the link's loss is lost: the request is sent again after 1, 3, 7, … seconds, and given up after
// 127 (RFC 6298, section 5.7, with Linux's six repetitions). Where the acknowledgment is lost, which
// a cut alone does not do, the client's first bytes say as much; else the server sends its answer
// again, as often. Clock-free, as stream_path is, for the same drivers.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "sim/link/link.hpp"
#include "sim/link/segment_witness.hpp"
#include "sim/link/stream_plan.hpp"

namespace badwire::link {

class stream_setup {
public:
    enum class event {
        none,         // nothing yet
        asked,        // the request is at the server: say answer()
        established,  // the client knows that it is connected, and may send
        refused,      // the client knows that it is not
        acknowledged, // the server knows that the client is connected: it accepts
        given_up      // the client was never answered
    };

    /// Of the number-th stream of a flow, begun at `start`. The lanes must outlive it, or its leaving
    /// them.
    stream_setup(lane& up, const flow& flow_up, lane& down, const flow& flow_down,
                 std::uint64_t number, duration start);

    /// From now on it goes through these lanes.
    void go_through(lane& up, lane& down) { up_ = &up, down_ = &down; }

    /// Shows it all segments from now on; nullptr: nobody.
    void watch(segment_witness* by) { witness_ = by; }

    /// The next thing that has happened by `now`, which never falls for either lane. Call again until
    /// none.
    event next(duration now);
    /// The server's answer, once it was asked.
    void answer(bool accepts) { accepts_ = accepts; }

    /// The client's first bytes will be at the server at that time; forever: not that it is known.
    /// Whether next_event() is another now.
    bool bytes_arrive(duration when)
    {
        if (step_ != step::acknowledging_again || when >= due_) return false;
        due_ = when;
        return bytes_came_ = true;
    }

    /// When next() may have something; forever: it is over.
    duration next_event() const { return step_ == step::over ? forever : due_; }

private:
    enum class step {
        asking,
        asked,
        answering,
        answered,
        acknowledging,
        acknowledging_again, // after it was lost
        over
    };

    // When it arrives; nothing: it is lost.
    std::optional<duration> send(direction which, std::uint64_t place, duration now);
    void go(step to, duration due) { step_ = to, due_ = due; }
    void ask_again();
    void acknowledge(duration now);

    lane* up_;
    lane* down_;
    const flow& flow_up_;
    const flow& flow_down_;
    std::uint64_t number_;
    duration start_;
    step step_ = step::asking;
    duration due_;
    int repetitions_ = 0;
    bool accepts_ = false;
    std::array<segment_memory, 2> sent_before_{}; // by direction
    std::array<bool, causes> struck_by_{};
    segment_witness* witness_ = nullptr;
    bool bytes_came_ = false; // instead of the acknowledgment
};

} // namespace badwire::link
