// statistics_for_tests.hpp: the measurements that tests of the link models use.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include <boost/math/distributions/binomial.hpp>
#include <gtest/gtest.h>

#include "sim/link/link.hpp"

namespace badwire::link::testing {

/// Loss in bursts after Gilbert and Elliott.
inline loss_model gilbert_elliott(double p, double r, double in_good = 0, double in_bad = 1)
{
    loss_model made;
    made.bursts = true;
    made.p = p;
    made.r = r;
    made.in_good = in_good;
    made.in_bad = in_bad;
    return made;
}

/// The fates of so many different packets of one flow, `apart` from each other.
inline std::vector<fate> fates_of(int packets, std::uint64_t seed, const impairments& asked,
                                  duration apart = duration(0), std::size_t bytes = sizeof(int))
{
    lane along(seed, "wan", direction::up, asked);
    flow& of = along.open_flow("client");
    std::vector<fate> met;
    std::vector<std::byte> payload(bytes);
    for (int i = 0; i < packets; ++i) {
        std::copy_n(std::as_bytes(std::span(&i, 1)).begin(), sizeof i, payload.begin());
        met.push_back(along.decide(of, payload, apart * i));
    }
    return met;
}

/// Kolmogorov-Smirnov against a continuous distribution, at its 0.1 % critical value.
inline void expect_distribution(std::vector<double> samples,
                                const std::function<double(double)>& cumulative)
{
    std::ranges::sort(samples);
    const auto count = static_cast<double>(samples.size());
    double widest = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const double expected = cumulative(samples[i]);
        const auto below = static_cast<double>(i);
        widest = std::max(
            {widest, std::abs(expected - below / count), std::abs(expected - (below + 1) / count)});
    }
    EXPECT_LT(widest, 1.95 / std::sqrt(count));
}

/// The count of successes is within the range that only one experiment in a thousand misses.
inline void expect_share(std::size_t successes, std::size_t trials, double probability)
{
    const boost::math::binomial_distribution<> expected(static_cast<double>(trials), probability);
    EXPECT_GE(static_cast<double>(successes), boost::math::quantile(expected, 0.0005));
    EXPECT_LE(static_cast<double>(successes),
              boost::math::quantile(boost::math::complement(expected, 0.0005)));
}

inline double mean_of(const std::vector<double>& samples)
{
    double sum = 0;
    for (const double one : samples) sum += one;
    return sum / static_cast<double>(samples.size());
}

/// Pearson's correlation between each sample and the one before.
inline double lag_one_correlation(const std::vector<double>& samples)
{
    const double mean = mean_of(samples);
    double covariance = 0;
    double variance = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        variance += (samples[i] - mean) * (samples[i] - mean);
        if (i > 0) covariance += (samples[i] - mean) * (samples[i - 1] - mean);
    }
    return covariance / variance;
}

inline std::vector<double> delays_ms(const std::vector<fate>& met)
{
    std::vector<double> delays;
    for (const fate& one : met)
        delays.push_back(std::chrono::duration<double, std::milli>(one.delay).count());
    return delays;
}

} // namespace badwire::link::testing
