#include "sim/relay/punctuality.hpp"

#include <gtest/gtest.h>

using badwire::relay::punctuality;
using namespace std::chrono_literals;

TEST(Punctuality, WhatLeavesInTimeIsNotBehind)
{
    punctuality tested;
    tested.left(10ms, 10ms);
    tested.left(20ms, 20ms + 900us);
    EXPECT_EQ(tested.so_far().behind, 0ms);
    EXPECT_EQ(tested.so_far().samples, 2u);
    EXPECT_EQ(tested.so_far().max, 900us);
}

TEST(Punctuality, TimesInWhichSeveralThingsWereLateCountOnce)
{
    punctuality tested;
    tested.left(10ms, 40ms);
    tested.left(15ms, 40ms);
    tested.left(30ms, 41ms);
    EXPECT_EQ(tested.so_far().behind, 31ms);
    tested.left(100ms, 105ms);
    EXPECT_EQ(tested.so_far().behind, 36ms);
}
