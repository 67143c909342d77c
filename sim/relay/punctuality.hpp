// punctuality.hpp: how late what a relay sends leaves, and for how long the relay was behind. Not
// thread-safe.
#pragma once

#include <algorithm>
#include <chrono>

#include "sim/relay/lateness_histogram.hpp"

namespace badwire::relay {

/// How late delayed datagrams left, against their due times; with time_all, all others too. Quantiles
/// are at most 1/16 too high.
struct lateness {
    std::uint64_t samples = 0;
    std::chrono::nanoseconds p50{0}, p99{0}, p999{0}, max{0};
    /// For how long something had not left that had been due for more than a millisecond.
    std::chrono::nanoseconds behind{0};
};

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

    lateness so_far() const
    {
        return {late_.samples(),       late_.quantile(0.5), late_.quantile(0.99),
                late_.quantile(0.999), late_.max(),         behind_};
    }

private:
    // As late as timers of an idle machine may be.
    static constexpr duration usual = std::chrono::milliseconds(1);

    lateness_histogram late_;
    duration behind_{0};
    duration counted_until_{0};
};

} // namespace badwire::relay
