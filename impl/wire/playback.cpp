#include "impl/wire/playback.hpp"

#include <algorithm>
#include <cmath>

namespace badwire::wire {

void playback::play_until(net::time_point now)
{
    const net::duration passed = std::max(now - at_, net::duration{});
    at_ = std::max(at_, now);
    if (!begun_ || options_.bytes_per_s <= 0) return;
    if (stands_still_) {
        stalled_ += passed;
        return;
    }
    const double left = static_cast<double>(there_) - played_;
    const double seconds_left = left / options_.bytes_per_s;
    const double seconds = std::chrono::duration<double>(passed).count();
    if (seconds <= seconds_left || ended_) {
        played_ = std::min(played_ + seconds * options_.bytes_per_s, static_cast<double>(there_));
        return;
    }
    played_ = static_cast<double>(there_);
    stands_still_ = true;
    ++stalls_;
    stalled_ += passed - std::chrono::nanoseconds(std::llround(seconds_left * 1e9));
}

void playback::begin_or_go_on(net::time_point now)
{
    if (begun_ && !stands_still_) return;
    const double waiting = static_cast<double>(there_) - played_;
    if (!ended_ && (waiting <= 0 || waiting < static_cast<double>(options_.begin_bytes))) return;
    if (!begun_) {
        if (there_ == 0) return; // nothing has ever come
        begun_ = true;
        startup_delay_ = now - asked_;
    }
    stands_still_ = false;
}

void playback::on_bytes(std::uint64_t bytes, net::time_point now)
{
    play_until(now);
    there_ = std::max(there_, bytes);
    begin_or_go_on(now);
}

void playback::on_end(net::time_point now)
{
    play_until(now);
    ended_ = true;
    begin_or_go_on(now);
}

} // namespace badwire::wire
