#include "impl/base/share.hpp"

#include <gtest/gtest.h>

using badwire::wilson;

TEST(Share, WilsonsIntervalIsTheOneOfTheTextbooks)
{
    // Newcombe, Statistics in Medicine 17 (1998), table I.
    const auto likely = wilson(81, 263);
    EXPECT_NEAR(likely.low, 0.2553, 5e-5);
    EXPECT_NEAR(likely.high, 0.3662, 5e-5);
    EXPECT_EQ(wilson(0, 20).low, 0);
    EXPECT_NEAR(wilson(0, 20).high, 0.1611, 5e-5);
    EXPECT_EQ(wilson(10, 10).high, 1);
    EXPECT_NEAR(wilson(10, 10).low, 0.7225, 5e-5);
}
