// Whether bursts and delays are distributed as their models say, at fixed seeds.
#include <map>
#include <numbers>

#include "sim/link/delay_sampler.hpp"
#include "sim/link/statistics_for_tests.hpp"

using namespace badwire::link;
using namespace badwire::link::testing;
using namespace std::chrono_literals;

namespace {

constexpr int packets = 20'000;

double normal_below(double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; }

struct named_delay {
    const char* name;
    delay_model model;
    std::function<double(double)> below_ms; // the cumulative distribution
};

std::vector<named_delay> continuous_delays()
{
    const double variance = std::log1p(0.25); // of the logarithm, for mean 20 ms and stddev 10 ms
    const double log_mean = std::log(20.0) - variance / 2;
    return {
        {"uniform", {1ms, 9ms}, [](double x) { return (x - 1) / 8; }},
        {"normal", delay_model::normal(20ms, 3ms),
         [](double x) { return normal_below((x - 20) / 3); }},
        {"lognormal", delay_model::lognormal(20ms, 10ms),
         [=](double x) { return normal_below((std::log(x) - log_mean) / std::sqrt(variance)); }},
        {"pareto", delay_model::pareto(10ms, 2.5),
         [](double x) { return 1 - std::pow(10 / x, 2.5); }},
    };
}

// Lengths of runs of lost packets.
std::vector<int> bursts(const std::vector<fate>& met)
{
    std::vector<int> lengths;
    bool before = false;
    for (const fate& one : met) {
        if (one.dropped && !before) lengths.push_back(0);
        if (one.dropped) ++lengths.back();
        before = one.dropped;
    }
    return lengths;
}

} // namespace

TEST(Delay, EachDistributionIsTheOneAsked)
{
    for (const auto& [name, model, below] : continuous_delays())
        for (const std::uint64_t seed : {1u, 2u, 3u, 42u}) {
            SCOPED_TRACE(std::string(name) + ", seed " + std::to_string(seed));
            expect_distribution(delays_ms(fates_of(packets, seed, {.delay = model})), below);
        }
}

TEST(Delay, ATableGivesEachOfItsValuesAsOften)
{
    const auto model = delay_model::table({1ms, 1ms, 5ms, 40ms});
    std::map<duration, std::size_t> times;
    for (const fate& one : fates_of(packets, 7, {.delay = model})) ++times[one.delay];
    ASSERT_EQ(times.size(), 3u);
    expect_share(times[1ms], packets, 0.5);
    expect_share(times[5ms], packets, 0.25);
    expect_share(times[40ms], packets, 0.25);
}

TEST(Delay, CorrelationIsThatOfNeighboursAndLeavesTheDistributionAlone)
{
    constexpr int many = 200'000;
    for (const auto& [name, plain, below] : continuous_delays())
        for (const double asked : {0.3, 0.9}) {
            SCOPED_TRACE(std::string(name) + ", correlation " + std::to_string(asked));
            delay_model model = plain;
            model.correlation = asked;
            if (model.shape_of == delay_model::distribution::pareto) {
                model.at_most = 100ms; // its fourth moment is infinite: no sample would settle
            }
            const auto delays = delays_ms(fates_of(many, 5, {.delay = model}));
            EXPECT_NEAR(lag_one_correlation(delays), asked, 0.03);
            // Samples that depend on each other say less: every fiftieth is nearly independent.
            std::vector<double> sparse;
            for (std::size_t i = 0; i < delays.size(); i += 50) sparse.push_back(delays[i]);
            if (!model.at_most) expect_distribution(sparse, below);
        }
}

TEST(Delay, TheMeanOfWhatIsDrawnIsItsClosedForm)
{
    const std::vector<delay_model> models{delay_model(5ms, 5ms),
                                          delay_model(1ms, 9ms),
                                          delay_model::normal(20ms, 3ms),
                                          delay_model::normal(2ms, 5ms),
                                          delay_model::lognormal(20ms, 10ms),
                                          delay_model::pareto(10ms, 2.5),
                                          delay_model::table({1ms, 1ms, 40ms})};
    for (const delay_model& model : models) {
        const delay_sampler sampler(model);
        constexpr int steps = 1'000'000;
        double sum_ns = 0;
        for (int i = 0; i < steps; ++i)
            sum_ns += static_cast<double>(sampler.at((i + 0.5) / steps).count());
        EXPECT_NEAR(sampler.mean_ns() / (sum_ns / steps), 1, 1e-3);
    }
}

TEST(Delay, WhatIsDrawnBeyondItsBoundsCountsAsTheBound)
{
    delay_model model = delay_model::normal(2ms, 5ms);
    model.at_most = 6ms;
    std::size_t none = 0;
    std::size_t most = 0;
    for (const fate& one : fates_of(packets, 1, {.delay = model})) {
        EXPECT_GE(one.delay, 0ms);
        EXPECT_LE(one.delay, 6ms);
        none += one.delay == 0ms;
        most += one.delay == 6ms;
    }
    expect_share(none, packets, normal_below(-0.4));
    expect_share(most, packets, normal_below(-0.8));
}

TEST(Delay, KeptOrderMeansNobodyOvertakes)
{
    delay_model model(0ms, 50ms);
    model.keep_order = true;
    duration last{0};
    duration at{0};
    for (const fate& one : fates_of(1000, 1, {.delay = model}, 1ms)) {
        EXPECT_GE(at + one.delay, last);
        last = at + one.delay;
        at += 1ms;
    }
}

TEST(Loss, GilbertElliottLosesTheShareAndTheBurstsOfItsClosedForm)
{
    constexpr int many = 200'000;
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
        SCOPED_TRACE(seed);
        constexpr double p = 0.01;
        constexpr double r = 0.25;
        const auto met = fates_of(many, seed, {.loss = gilbert_elliott(p, r)});
        const auto lost = static_cast<double>(std::ranges::count(met, true, &fate::dropped));
        // The chain's states hang together: the share's variance is larger than a binomial one's,
        // by (1 + c) / (1 - c) with c = 1 - p - r.
        const double share = p / (p + r);
        const double correlation = 1 - p - r;
        const double stddev =
            std::sqrt(share * (1 - share) / many * (1 + correlation) / (1 - correlation));
        EXPECT_NEAR(lost / many, share, 3.3 * stddev);

        // A burst ends with probability r at each packet: its length is geometric.
        const auto lengths = bursts(met);
        for (int length = 1; length <= 5; ++length) {
            SCOPED_TRACE(length);
            expect_share(static_cast<std::size_t>(std::ranges::count(lengths, length)),
                         lengths.size(), r * std::pow(1 - r, length - 1));
        }
    }
}

TEST(Loss, GilbertElliottLosesInBothStatesWhatIsAskedOfEach)
{
    const auto model = gilbert_elliott(0.1, 0.4, 0.02, 0.7);
    EXPECT_DOUBLE_EQ(*model.share(), 0.2 * 0.7 + 0.8 * 0.02);
    std::map<bool, std::pair<std::size_t, std::size_t>> by_state; // lost, all
    for (const fate& one : fates_of(packets, 1, {.loss = model})) {
        by_state[one.in_bad_state].first += one.dropped;
        ++by_state[one.in_bad_state].second;
    }
    expect_share(by_state[false].first, by_state[false].second, 0.02);
    expect_share(by_state[true].first, by_state[true].second, 0.7);
}

TEST(Loss, NoMoreThanAskedAreLostInARow)
{
    for (const loss_model& plain : {loss_model(0.9), gilbert_elliott(0.5, 0.05)}) {
        loss_model model = plain;
        model.at_most_in_a_row = 3;
        const auto met = fates_of(packets, 1, {.loss = model});
        EXPECT_EQ(std::ranges::max(bursts(met)), 3);
        if (const auto share = model.share()) {
            EXPECT_NEAR(static_cast<double>(std::ranges::count(met, true, &fate::dropped)) /
                            packets,
                        *share, 0.005);
        }
    }
}
