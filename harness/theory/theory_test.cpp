// The closed forms against each other and against chains that are solved step by step; intervals
// against what they promise.
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "harness/theory/estimate.hpp"
#include "harness/theory/queue.hpp"
#include "impl/load/distribution.hpp"

namespace badwire::theory {
namespace {

double waiting(const std::string& model, queue_load load)
{
    return predict(*parse_queue(model), load).waiting_mean;
}

// The number of clients after each service time of an M/D/c queue, iterated until nothing changes.
double waiting_by_chain(int servers, double rho)
{
    constexpr std::size_t states = 200;
    const double a = rho * servers;
    std::vector<double> arriving(states + 1), share(states), next(states);
    arriving[0] = std::exp(-a);
    for (std::size_t i = 1; i <= states; ++i)
        arriving[i] = arriving[i - 1] * a / static_cast<double>(i);
    share[0] = 1;
    const auto c = static_cast<std::size_t>(servers);
    double changed = 1;
    while (changed > 1e-12) {
        for (std::size_t to = 0; to < states; ++to) {
            next[to] = 0;
            for (std::size_t from = 0; from < std::min(states, c + to + 1); ++from)
                next[to] += share[from] * arriving[to - (from > c ? from - c : 0)];
        }
        changed = 0;
        for (std::size_t i = 0; i < states; ++i) changed += std::abs(next[i] - share[i]);
        share.swap(next);
    }
    double clients = 0;
    for (std::size_t i = 0; i < states; ++i) clients += static_cast<double>(i) * share[i];
    return clients / a - 1;
}

TEST(Queue, NotationIsReadAndWritten)
{
    for (const std::string text : {"M/M/1", "M/D/8", "M/M/2/10", "M/G/1", "M/G/inf", "M/D/inf"})
        EXPECT_EQ(to_string(*parse_queue(text)), text);
    for (const std::string text : {"", "M", "M/M", "M/M/0", "D/M/1", "M/G/2", "M/D/2/5", "M/M/3/2",
                                   "M/M/1/", "M/M/1/2/3", "M/X/1", "m/m/1", "M/M/inf/3", "M/M/-1"})
        EXPECT_FALSE(parse_queue(text)) << text;
}

TEST(Queue, KnownValues)
{
    EXPECT_NEAR(waiting("M/M/1", {0.9, 1, 2}), 9, 1e-12);
    EXPECT_NEAR(waiting("M/D/1", {0.9, 1, 1}), 4.5, 1e-12);
    EXPECT_NEAR(waiting("M/G/1", {0.9, 1, 2}), 9, 1e-12);
    EXPECT_NEAR(waiting("M/G/1", {0.9, 1, 1}), 4.5, 1e-12);
    EXPECT_NEAR(waiting("M/M/2", {1, 1, 2}), 1.0 / 3, 1e-12);
    EXPECT_NEAR(waiting("M/M/2", {0.5, 2, 8}), 2.0 / 3, 1e-12); // in another unit of time
    EXPECT_EQ(waiting("M/G/inf", {50, 1, 2}), 0);
    EXPECT_TRUE(std::isinf(waiting("M/M/2", {2, 1, 2})));
}

TEST(Queue, DeterministicServiceAgreesWithItsChain)
{
    for (const int servers : {1, 2, 8})
        for (const double rho : {0.1, 0.5, 0.9})
            EXPECT_NEAR(waiting("M/D/" + std::to_string(servers), {rho * servers, 1, 1}),
                        waiting_by_chain(servers, rho), 1e-6)
                << servers << " servers at " << rho;
}

TEST(Queue, LimitedRoom)
{
    const auto one = predict(*parse_queue("M/M/1/1"), {1, 1, 2});
    EXPECT_NEAR(one.turned_away, 0.5, 1e-12); // Erlang's B
    EXPECT_EQ(one.waiting_mean, 0);
    // Much room is as good as no limit.
    EXPECT_NEAR(waiting("M/M/2/1000", {1.8, 1, 2}), waiting("M/M/2", {1.8, 1, 2}), 1e-9);
    EXPECT_GT(predict(*parse_queue("M/M/2/1000000"), {4, 1, 2}).turned_away, 0.4999);
}

TEST(Estimate, IndependentValues)
{
    const std::vector<double> values{1, 2, 3, 4, 5};
    const estimate found = of_independent(values);
    EXPECT_EQ(found.mean, 3);
    EXPECT_NEAR(found.half_width, 2.7764 * std::sqrt(2.5 / 5), 1e-3); // Student's t, 4 degrees
    EXPECT_TRUE(std::isinf(of_independent(std::vector<double>{1}).half_width));
    EXPECT_TRUE(std::isinf(of_series(std::vector<double>(39, 1.0)).half_width));
}

// 400 series whose neighbours are alike, with a known mean of 0.
TEST(Estimate, TheIntervalOfASeriesHoldsItsMeanAsOftenAsItSays)
{
    const load::draws drawn(11, "noise");
    std::uint64_t next = 0;
    int held = 0;
    constexpr int series = 400;
    for (int i = 0; i < series; ++i) {
        std::vector<double> values;
        double last = 0;
        for (int k = 0; k < 2000; ++k) values.push_back(last = 0.9 * last + drawn.at(next++) - 0.5);
        held += of_series(values).holds(0);
    }
    EXPECT_GT(held, series * 0.90);
    EXPECT_LT(held, series * 0.99);
}

} // namespace
} // namespace badwire::theory
