// window_sender.hpp: the sending end of the framed wire: a window of numbered units on their way,
// each sent again until it is acknowledged. With a window of one unit this is stop-and-wait.
//
//   go-back-n         heeds only which units have arrived without a gap; when the oldest one's time
//                     is up, all of the window is sent again
//   selective repeat  heeds which units have arrived; only units that are missing are sent again:
//                     when a unit's time is up, or when three units sent after it have arrived
//                     (fast retransmit: RFC 5681, 3.2; because they were sent after its last copy,
//                     this is right for copies too: RFC 8985)
//
// When a unit is alone on its way, as each is with a window of one, no later unit can show that it
// was lost. Its first copy is followed by a second after two round trips, if that comes before the
// RTO: a probe (RFC 8985, 7), after which the sender does not back off.
//
// The window bounds how far the sender runs ahead of the oldest unit that is missing; how many
// units are on their way within it adapts to the path (flight_limit.hpp) where the window is
// larger.
//
// A state machine without I/O and without a clock: it is given datagrams and the time, and says
// what to send and when it wants to be called again. Not thread-safe. Keeps one window in memory.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "impl/net/basics.hpp"
#include "impl/wire/flaw.hpp"
#include "impl/wire/flight_limit.hpp"
#include "impl/wire/rto.hpp"
#include "impl/wire/transfer.hpp"

namespace badwire::wire {

enum class arq { go_back_n, selective_repeat };

struct sender_options {
    std::uint32_t session; // random: tells this transfer from an earlier one of the same address
    int retries = 30;      // times that one unit's time may run out
    net::duration silence = std::chrono::seconds(30); // without hearing anything; 0: no limit
    arq repeat = arq::selective_repeat;
    std::uint32_t window = 1; // units; with one, both ways to repeat are the same
    rto_options rto = {};
    wire::flaw flaw = flaw::none; // planted
};

struct sender_counters {
    std::int64_t units = 0; // acknowledged, with open and end
    std::int64_t retransmissions = 0;
    std::int64_t fast_retransmissions = 0; // those of them that waited for no timer
    std::int64_t timeouts = 0;
    std::int64_t sent_bytes = 0; // of all datagrams, with headers and retransmissions
};

class window_sender {
public:
    /// Fills the span as far as the file reaches; returns how many bytes it wrote.
    using source = std::function<std::size_t(std::span<std::byte>)>;

    /// Throws net::failure when the file makes more units than can be numbered.
    window_sender(sender_options options, transfer_open file, source read);

    void start(net::time_point now);
    void on_datagram(std::span<const std::byte> bytes, net::time_point now);
    void on_answer(const transfer_datagram& answer, net::time_point now); // known to be for it
    void on_time(net::time_point now); // harmless when called early

    /// The next datagram to send now; empty when there is none. Valid until the next call.
    std::span<const std::byte> next_datagram();

    /// When to call on_time.
    net::time_point deadline() const;

    bool finished() const { return finished_; }

    /// Why the file did not arrive; empty when it did.
    const std::string& problem() const { return problem_; }

    const sender_counters& counters() const { return counters_; }
    const rto_estimator& rto() const { return rto_; }

private:
    // A unit of the window.
    struct flight {
        std::vector<std::byte> datagram;
        net::time_point sent_at{};
        std::uint64_t order = 0; // of its last copy among all copies sent; 0: not sent yet
        int resent = 0;
        int timeouts = 0;
        int passed = 0; // units sent after its last copy that have arrived
        bool acknowledged = false;
        bool due = true; // to be sent (again)

        bool awaited() const { return !acknowledged && !due; }
    };

    flight* find(std::uint32_t unit);
    void acknowledge(std::uint32_t unit);
    void on_ack(std::uint32_t unit, const transfer_ack& ack);
    void repeat_passed(std::uint64_t order);
    void repeat_expired();
    net::time_point expires_at(const flight& each) const;
    bool probes(const flight& each) const;
    void set_due(flight& which);
    void sample(const flight& answered);

    std::uint32_t number_of(std::uint32_t unit) const;
    bool may_read_on() const;
    void read_unit();
    flight* next_due();
    void finish(std::string problem, int byes);

    sender_options options_;
    transfer_open file_;
    source read_;
    sha256 digest_;
    rto_estimator rto_;
    flight_limit limit_;
    sender_counters counters_;

    std::deque<flight> not_cancelled_; // timer_never_cancelled: acknowledged, to be sent again
    std::deque<flight> window_;        // from the oldest unit that is not acknowledged
    std::uint32_t first_ = 0;          // the number of that unit
    std::size_t due_ = 0;              // units of the window that are due
    std::size_t awaited_ = 0;          // units of the window that are on their way
    std::uint32_t room_ = 1;           // units that the receiver has room for
    std::uint64_t order_ = 0;          // datagrams of units sent so far
    net::time_point now_{};
    net::time_point heard_at_{};
    net::time_point backed_off_at_{};
    std::vector<std::byte> payload_;
    std::vector<std::byte> bye_;
    int byes_ = 0; // still to be sent
    bool finished_ = false;
    std::string problem_;
};

} // namespace badwire::wire
