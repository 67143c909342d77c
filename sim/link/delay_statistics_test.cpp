#include "sim/link/delay_statistics.hpp"

#include <cmath>
#include <random>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/link/delay_sampler.hpp"
#include "sim/link/fidelity.hpp"
#include "sim/link/keyed_hash.hpp"

using namespace badwire::link;
using namespace std::chrono_literals;

namespace {

// Delays with a mean of 20 ms and a deviation of 2 ms; each has that correlation with the one before.
delay_statistics chained(double correlation, int samples, unsigned seed)
{
    std::mt19937_64 generator(seed);
    std::normal_distribution<double> noise;
    delay_statistics all;
    double z = noise(generator);
    for (int i = 0; i < samples; ++i) {
        all.add(duration(std::llround(20e6 + 2e6 * z)), 20ms);
        z = correlation * z + std::sqrt(1 - correlation * correlation) * noise(generator);
    }
    return all;
}

} // namespace

TEST(DelayStatistics, MeanAndVarianceAreThoseOfTheTextbooks)
{
    delay_statistics delays;
    for (const auto one :
         {1s + 2ns, 1s + 4ns, 1s + 4ns, 1s + 4ns, 1s + 5ns, 1s + 5ns, 1s + 7ns, 1s + 9ns})
        delays.add(one, 1s);
    EXPECT_EQ(delays.samples(), 8u);
    EXPECT_EQ(delays.mean_ns(), 1e9 + 5);
    EXPECT_EQ(delays.decided_mean_ns(), 1e9);
    EXPECT_NEAR(delays.variance_ns2(), 32.0 / 7, 1e-9);
}

TEST(DelayStatistics, EqualDelaysHaveNoSpread)
{
    delay_statistics delays;
    for (int i = 0; i < 1000; ++i) delays.add(20ms, 20ms);
    EXPECT_EQ(delays.variance_ns2(), 0);
    EXPECT_EQ(delays.inflation(), 1);
}

TEST(DelayStatistics, IndependentSamplesAreWorthThemselves)
{
    for (const int samples : {100, 5'000, 200'000})
        EXPECT_NEAR(chained(0, samples, 7).inflation(), 1, 0.35) << samples;
}

TEST(DelayStatistics, LikeNeighboursAreWorthLess)
{
    // Of a chain with correlation c, the variance of the mean is (1 + c) / (1 - c) times as large.
    EXPECT_NEAR(chained(0.5, 200'000, 7).inflation() / 3, 1, 0.15);
    EXPECT_NEAR(chained(0.9, 200'000, 7).inflation() / 19, 1, 0.3);
    EXPECT_NEAR(chained(0.99, 400'000, 7).inflation() / 199, 1, 0.5);
}

TEST(DelayStatistics, TheIntervalOfCorrelatedDelaysHoldsTheMeanAsOftenAsItSays)
{
    for (const double correlation : {0.0, 0.85}) {
        delay_model asked = delay_model::normal(20ms, 2ms);
        asked.correlation = correlation;
        const delay_sampler sampler(asked);
        int held = 0;
        constexpr int repetitions = 400;
        for (int repetition = 0; repetition < repetitions; ++repetition) {
            delay_statistics delays;
            double z = 0;
            for (std::uint64_t i = 0; i < 1000; ++i) {
                const double fresh = delay_sampler::to_normal(
                    draw(static_cast<std::uint64_t>(repetition), rule::delay_noise, i, 0));
                const double kept = i == 0 ? 0 : sampler.filter();
                z = kept * z + std::sqrt(1 - kept * kept) * fresh;
                const auto took = sampler.at(delay_sampler::to_quantile(z));
                delays.add(took, took);
            }
            const auto told = fidelity_json({.delay = asked}, false, {}, delays).at("delay_ms");
            held += told.at("low") <= 20.0 && told.at("high") >= 20.0 ? 1 : 0;
        }
        // 95 %, and three standard errors of 1.1 % to each side.
        EXPECT_GE(held, repetitions * 0.915) << "correlation " << correlation;
        EXPECT_LE(held, repetitions * 0.985) << "correlation " << correlation;
    }
}

TEST(DelayStatistics, TheInflationOfACorrelatedModelIsTheSumOfItsCorrelations)
{
    delay_model asked = delay_model::normal(20ms, 1ms);
    asked.correlation = 0.9;
    EXPECT_NEAR(delay_sampler(asked).variance_inflation(), 19, 0.05); // (1 + c) / (1 - c)
    asked = delay_model::lognormal(20ms, 20ms); // far from normal: later correlations fall slower
    asked.correlation = 0.9;
    EXPECT_GT(delay_sampler(asked).variance_inflation(), 19.5);
    asked.correlation = 0;
    EXPECT_EQ(delay_sampler(asked).variance_inflation(), 1);
}
