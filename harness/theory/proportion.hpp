// proportion.hpp: a share of trials that succeeded, with its confidence interval.
//
// Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference
// (1927): the score interval, which stays within [0, 1] and holds for few trials, too. Pure.
#pragma once

#include <cstdint>

namespace badwire::theory {

struct proportion {
    double share = 0; // 0 of 0 trials, of which nothing is known: the interval is [0, 1]
    double low = 0;
    double high = 1;
};

/// `successes` of `trials`; `confidence` is that of the interval.
proportion share_of(std::uint64_t successes, std::uint64_t trials, double confidence = 0.95);

} // namespace badwire::theory
