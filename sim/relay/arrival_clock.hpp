// arrival_clock.hpp: the kernel's times of arrival, which are on CLOCK_REALTIME, on our clock. The two
// drift apart, so both are read for each batch.
#pragma once

#include <chrono>

namespace badwire::relay {

class arrival_clock {
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit arrival_clock(time_point now)
        : now_(now), system_(std::chrono::system_clock::now().time_since_epoch())
    {
    }

    /// When that was; now, where the kernel said nothing that can be believed.
    time_point arrival(std::chrono::nanoseconds said) const
    {
        const auto ago = system_ - said;
        return ago >= std::chrono::nanoseconds(0) && ago <= oldest ? now_ - ago : now_;
    }

private:
    // One that is older is not believed: the clock has been set.
    static constexpr std::chrono::nanoseconds oldest = std::chrono::seconds(1);

    time_point now_;
    std::chrono::nanoseconds system_;
};

} // namespace badwire::relay
