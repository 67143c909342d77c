#include "sim/link/occurrence_table.hpp"

#include <map>
#include <random>

#include <gtest/gtest.h>

using badwire::link::occurrence_table;

TEST(OccurrenceTable, CountsLikeAMapWhileItRemembersEverything)
{
    occurrence_table table(1 << 16);
    std::map<std::uint64_t, std::uint64_t> reference;
    std::mt19937_64 random(1);
    for (int i = 0; i < 100'000; ++i) {
        const std::uint64_t content = random() % 5000; // small numbers collide in their slots
        EXPECT_EQ(table.next(content), reference[content]++);
    }
    EXPECT_EQ(table.size(), reference.size());
}

TEST(OccurrenceTable, MemoryIsBounded)
{
    constexpr std::size_t capacity = 1000;
    occurrence_table table(capacity);
    for (std::uint64_t content = 0; content < 50 * capacity; ++content) {
        EXPECT_EQ(table.next(content * 0x9e3779b97f4a7c15), 0u);
        EXPECT_LE(table.size(), 2 * capacity);
    }
}

TEST(OccurrenceTable, RemembersTheLastOnesAndForgetsTheOldOnes)
{
    constexpr std::uint64_t capacity = 100;
    occurrence_table table(capacity);
    for (std::uint64_t content = 1; content <= 3 * capacity; ++content) table.next(content);
    EXPECT_EQ(table.next(3 * capacity - 1), 1u);
    EXPECT_EQ(table.next(2 * capacity + 1), 1u);
    EXPECT_EQ(table.next(1), 0u) << "200 others have passed since";
}

TEST(OccurrenceTable, WhatIsMetAgainAndAgainIsNeverForgotten)
{
    occurrence_table table(100);
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        EXPECT_EQ(table.next(7), i);
        table.next(1000 + i);
    }
}
