#include "sim/relay/lateness_histogram.hpp"

#include <gtest/gtest.h>

using badwire::relay::lateness_histogram;
using namespace std::chrono_literals;

TEST(LatenessHistogram, IsNothingWhenEmpty)
{
    const lateness_histogram empty;
    EXPECT_EQ(empty.quantile(0.99), 0ns);
    EXPECT_EQ(empty.max(), 0ns);
}

TEST(LatenessHistogram, QuantilesAreAtMostASixteenthHigh)
{
    lateness_histogram histogram;
    for (int us = 1; us <= 1000; ++us) histogram.add(std::chrono::microseconds(us));
    for (const auto& [portion, exact] : {std::pair(0.5, 500us), std::pair(0.99, 990us)}) {
        EXPECT_GE(histogram.quantile(portion), exact);
        EXPECT_LE(histogram.quantile(portion), exact * 17 / 16);
    }
    EXPECT_EQ(histogram.quantile(1), 1ms);
    EXPECT_EQ(histogram.max(), 1ms);
    EXPECT_EQ(histogram.samples(), 1000u);
}

TEST(LatenessHistogram, HoldsWhatIsEarlyTinyOrEnormous)
{
    lateness_histogram histogram;
    histogram.add(-1h);
    EXPECT_EQ(histogram.quantile(1), 0ns);
    histogram.add(7ns);
    EXPECT_EQ(histogram.quantile(1), 7ns);
    histogram.add(std::chrono::nanoseconds::max());
    EXPECT_EQ(histogram.quantile(1), std::chrono::nanoseconds::max());
    EXPECT_EQ(histogram.quantile(0.5), 7ns);
}
