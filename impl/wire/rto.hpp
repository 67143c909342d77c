// rto.hpp: how long to wait for an acknowledgment: RFC 6298, Computing TCP's Retransmission Timer.
//
// Two deviations, because transfers here are short and laboratory networks fast: the least RTO is
// 10 ms, not 1 s (2.4), and the greatest 2 s, not 60 s or more (2.5).
#pragma once

#include <chrono>
#include <optional>

#include "impl/net/basics.hpp"

namespace badwire::wire {

struct rto_options {
    net::duration initial = std::chrono::seconds(1);          // (2.1)
    net::duration minimum = std::chrono::milliseconds(10);    // (2.4), deviates
    net::duration maximum = std::chrono::seconds(2);          // (2.5), deviates
    net::duration granularity = std::chrono::milliseconds(1); // G: what timers can be trusted to
};

class rto_estimator {
public:
    explicit rto_estimator(rto_options options = {}) : options_(options), rto_(options.initial) {}

    /// A round trip was measured. Karn's rule (3): never call it for a unit that was sent more than
    /// once, whose acknowledgment may answer any of the copies.
    void sample(net::duration rtt);

    /// The timer ran out: doubles the RTO (5.5). It stays doubled until the next sample.
    void back_off();

    net::duration rto() const { return rto_; }

    /// The smoothed round-trip time; nothing before the first sample.
    std::optional<net::duration> srtt() const { return srtt_; }

private:
    rto_options options_;
    net::duration rto_;
    std::optional<net::duration> srtt_;
    net::duration rttvar_{};
};

} // namespace badwire::wire
