// The bottleneck's arithmetic, to the nanosecond.
#include "sim/link/bottleneck.hpp"

#include <gmock/gmock.h>

#include "sim/link/statistics_for_tests.hpp"

using namespace badwire::link;
using namespace badwire::link::testing;
using namespace std::chrono_literals;
using ::testing::ElementsAre;

namespace {

bottleneck with(const rate_model& asked)
{
    bottleneck made;
    made.set(asked);
    return made;
}

bottleneck with_trace(std::vector<std::uint32_t> at_ms)
{
    return with({.trace = std::make_shared<delivery_trace>(
                     delivery_trace{.file = {}, .at_ms = std::move(at_ms)})});
}

} // namespace

TEST(Rate, APacketTakesItsBitsOverTheRate)
{
    auto narrow = with({.bits_per_second = 8000}); // a byte takes a millisecond
    EXPECT_EQ(narrow.admit(10, 0ms), 10ms);
    EXPECT_EQ(narrow.admit(10, 4ms), 16ms); // 6 to wait
    EXPECT_EQ(narrow.admit(10, 100ms), 10ms);
    EXPECT_EQ(with({.bits_per_second = 8000, .overhead_bytes = 28}).admit(10, 0ms), 38ms);
}

TEST(Rate, RoundingDoesNotAddUp)
{
    auto narrow = with({.bits_per_second = 3e6, .queue_packets = 1'000'000});
    duration last{0};
    for (int i = 0; i < 300'000; ++i) last = *narrow.admit(100, 0ns);
    EXPECT_NEAR(static_cast<double>(last.count()), 80e9, 1);
}

TEST(Rate, TheLongRunRateIsTheAskedOne)
{
    // Twice as much as fits is offered for ten seconds: half of it is delivered, at the rate.
    const auto met = fates_of(20'000, 1, {.rate = {.bits_per_second = 8e6}}, 500us, 1000);
    duration at{0};
    duration first{0};
    duration last{0};
    double bits = 0;
    for (const fate& one : met) {
        if (!one.dropped) {
            last = at + one.delay;
            if (bits == 0) first = last;
            bits += 8000;
        } else {
            EXPECT_EQ(one.why, cause::queue);
        }
        at += 500us;
    }
    const double seconds = std::chrono::duration<double>(last - first).count();
    EXPECT_NEAR((bits - 8000) / seconds, 8e6, 8e4 / 10);
}

TEST(Rate, WhatDoesNotFitIntoTheQueueIsDropped)
{
    auto by_packets = with({.bits_per_second = 8000, .queue_packets = 2});
    EXPECT_TRUE(by_packets.admit(10, 0ms)); // in transmission until 10 ms
    EXPECT_TRUE(by_packets.admit(10, 0ms));
    EXPECT_TRUE(by_packets.admit(10, 0ms));
    EXPECT_FALSE(by_packets.admit(10, 9ms));
    EXPECT_TRUE(by_packets.admit(10, 10ms)); // the second one's transmission has begun

    auto by_bytes = with({.bits_per_second = 8000, .queue_packets = 100, .queue_bytes = 25});
    EXPECT_TRUE(by_bytes.admit(10, 0ms));
    EXPECT_TRUE(by_bytes.admit(20, 0ms));
    EXPECT_FALSE(by_bytes.admit(6, 0ms));
    EXPECT_TRUE(by_bytes.admit(5, 0ms));
}

TEST(TokenBucket, ABurstPassesAtOnceAndThenTheRateIsKept)
{
    auto narrow = with({.bits_per_second = 8e6, .burst_bytes = 10'000}); // 1000 bytes take 1 ms
    for (int i = 0; i < 10; ++i) EXPECT_EQ(narrow.admit(1000, 0ms), 0ms) << i;
    for (int i = 1; i <= 10; ++i) EXPECT_EQ(narrow.admit(1000, 0ms), i * 1ms) << i;
    // The last one has left at 10 ms; in the 5 ms since, the bucket has filled by half.
    for (int i = 0; i < 5; ++i) EXPECT_EQ(narrow.admit(1000, 15ms), 0ms) << i;
    EXPECT_EQ(narrow.admit(1000, 15ms), 1ms);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(narrow.admit(1000, 1h), 0ms) << "it fills no further";
    EXPECT_EQ(narrow.admit(1000, 1h), 1ms);
}

TEST(TokenBucket, OfARampItFillsAtTheRateThatHolds)
{
    auto narrow = with({.course = ramp(8e6, 16e6, 1s, 0s), .burst_bytes = 10'000});
    for (int i = 0; i < 10; ++i) EXPECT_EQ(narrow.admit(1000, 2s), 0ms) << i;
    EXPECT_EQ(narrow.admit(1000, 2s), 500us);
}

TEST(TokenBucket, APacketThatIsLargerThanTheBucketWaitsForTheRest)
{
    auto narrow = with({.bits_per_second = 8e6, .burst_bytes = 600});
    EXPECT_EQ(narrow.admit(1000, 0ms), 400us);
    EXPECT_EQ(narrow.admit(1000, 0ms), 1400us);
}

TEST(Trace, APacketLeavesWithTheNextOpportunity)
{
    auto narrow = with_trace({2, 5, 5, 9});
    EXPECT_EQ(narrow.admit(1500, 0ms), 2ms);
    EXPECT_EQ(narrow.admit(1500, 0ms), 5ms);
    EXPECT_EQ(narrow.admit(1500, 0ms), 5ms);
    EXPECT_EQ(narrow.admit(1500, 0ms), 9ms);
    EXPECT_EQ(narrow.admit(1500, 0ms), 11ms); // anew: 9 + 2
}

TEST(Trace, AnUnusedOpportunityIsLostAndALastPartServesTheNext)
{
    auto narrow = with_trace({2, 5, 9});
    EXPECT_EQ(narrow.admit(700, 3ms), 2ms);
    EXPECT_EQ(narrow.admit(700, 3ms), 2ms);   // the same opportunity
    EXPECT_EQ(narrow.admit(700, 3ms), 6ms);   // 100 bytes of it, and the rest at 9
    EXPECT_EQ(narrow.admit(4000, 3ms), 15ms); // 900 at 9, 1500 at 11 and 14, the last 100 at 18
}

TEST(Trace, ALongPauseIsNoMatter)
{
    auto narrow = with_trace({0, 10});
    EXPECT_EQ(narrow.admit(1500, 1000h + 3ms), 7ms);
}
