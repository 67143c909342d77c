// punctuality.hpp: how late what a relay sends leaves, and for how long the relay was behind. Not
// thread-safe.
#pragma once

#include <algorithm>
#include <chrono>

#include "sim/relay/lateness_histogram.hpp"

namespace badwire::relay {

class punctuality {
public:
    using duration = std::chrono::nanoseconds;

    /// Something left that had been due. Told in the order in which things leave.
    void left(duration due, duration at)
    {
        late_.add(at - due);
        if (at - due <= usual) return;
        // Times in which several things were late count once.
        behind_ += at - std::max(due, counted_until_);
        counted_until_ = at;
    }

    const lateness_histogram& late() const { return late_; }
    /// For how long something had not left that had been due for more than a millisecond.
    duration behind() const { return behind_; }

private:
    // As late as timers of an idle machine may be.
    static constexpr duration usual = std::chrono::milliseconds(1);

    lateness_histogram late_;
    duration behind_{0};
    duration counted_until_{0};
};

} // namespace badwire::relay
