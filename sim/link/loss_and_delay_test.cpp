// Shares and distributions come out as they were asked for, at fixed seeds.
#include "sim/link/link.hpp"

#include <algorithm>
#include <cmath>

#include <boost/math/distributions/binomial.hpp>
#include <gtest/gtest.h>

using namespace badwire::link;
using namespace std::chrono_literals;

namespace {

constexpr int packets = 10'000;

// The fates of many different packets.
std::vector<fate> fates(std::uint64_t seed, const impairments& asked)
{
    lane along(seed, "wan", direction::up, asked);
    flow& of = along.open_flow("client");
    std::vector<fate> met;
    for (int i = 0; i < packets; ++i)
        met.push_back(along.decide(of, std::as_bytes(std::span(&i, 1)), 0ns));
    return met;
}

} // namespace

TEST(Loss, TheLostShareIsWithinItsBinomialInterval)
{
    const boost::math::binomial_distribution<> expected(packets, 0.05);
    const double least = boost::math::quantile(expected, 0.0005);
    const double most = boost::math::quantile(boost::math::complement(expected, 0.0005));
    for (const std::uint64_t seed : {1u, 2u, 3u, 42u, 1000u, 65537u}) {
        const auto met = fates(seed, {.loss = 0.05, .delay = {}});
        const auto lost = static_cast<double>(std::ranges::count(met, true, &fate::dropped));
        EXPECT_GE(lost, least) << "seed " << seed;
        EXPECT_LE(lost, most) << "seed " << seed;
    }
}

TEST(Loss, NoneIsNoneAndAllIsAll)
{
    EXPECT_EQ(std::ranges::count(fates(1, {.loss = 0, .delay = {}}), true, &fate::dropped), 0);
    EXPECT_EQ(std::ranges::count(fates(1, {.loss = 1, .delay = {}}), true, &fate::dropped),
              packets);
}

TEST(Delay, AConstantDelayIsConstant)
{
    for (const fate& met : fates(1, {.loss = 0, .delay = {5ms, 5ms}})) EXPECT_EQ(met.delay, 5ms);
}

TEST(Delay, IsNotRelatedToLoss)
{
    // If both were drawn from one number, all survivors of 50 % loss would be slow.
    double sum_ms = 0;
    int survivors = 0;
    for (const fate& met : fates(1, {.loss = 0.5, .delay = {0ms, 10ms}})) {
        if (met.dropped) continue;
        sum_ms += static_cast<double>(met.delay.count()) / 1e6;
        ++survivors;
    }
    EXPECT_NEAR(sum_ms / survivors, 5, 0.2);
}

TEST(Delay, PiecesOfAStreamAreDrawnByPlaceAndCountNothing)
{
    lane along(1, "wan", direction::up, {.loss = 1, .delay = {1ms, 9ms}});
    const flow& of = along.open_flow("client");
    EXPECT_EQ(along.stream_delay(of, 0, 4096), along.stream_delay(of, 0, 4096));
    EXPECT_NE(along.stream_delay(of, 0, 4096), along.stream_delay(of, 1, 4096));
    EXPECT_NE(along.stream_delay(of, 0, 4096), along.stream_delay(of, 0, 8192));
    EXPECT_EQ(along.count(), counters{});
}
