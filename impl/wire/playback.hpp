// playback.hpp: what somebody would notice who listens while a stream arrives: how long until it
// begins, and how often and how long it then stands still.
//
// A model without a clock and without sound: a player begins once enough bytes are there, plays so
// many of them a second, stands still when it has played all there are (a stall), and goes on once
// as much is there again as it took to begin. After the end of the stream it plays what is left.
#pragma once

#include "impl/net/basics.hpp"

namespace badwire::wire {

struct playback_options {
    std::uint64_t begin_bytes = 50'000; // that are there before it begins, or goes on
    double bytes_per_s = 0;             // 0: not known yet, nothing stalls
};

class playback {
public:
    playback(playback_options options, net::time_point asked)
        : options_(options), asked_(asked), at_(asked)
    {
    }

    /// The byte rate, when the stream itself says it. Only before the player has begun.
    void set_rate(double bytes_per_s)
    {
        if (!begun_) options_.bytes_per_s = bytes_per_s;
    }
    double bytes_per_s() const { return options_.bytes_per_s; }

    /// The first `bytes` bytes of the stream are there to be played.
    void on_bytes(std::uint64_t bytes, net::time_point now);

    /// Nothing more will come.
    void on_end(net::time_point now);

    bool begun() const { return begun_; }
    net::duration startup_delay() const { return startup_delay_; } // since it was asked for
    std::int64_t stalls() const { return stalls_; }
    net::duration stalled() const { return stalled_; } // all stalls together

private:
    void play_until(net::time_point now);
    void begin_or_go_on(net::time_point now);

    playback_options options_;
    net::time_point asked_;
    net::time_point at_; // how far the model has been calculated
    std::uint64_t there_ = 0;
    double played_ = 0;
    bool begun_ = false;
    bool stands_still_ = false;
    bool ended_ = false;
    net::duration startup_delay_{};
    std::int64_t stalls_ = 0;
    net::duration stalled_{};
};

} // namespace badwire::wire
