// What faults let pass, and when, byte by byte.
#include "sim/link/stream_plan.hpp"

#include <gtest/gtest.h>

using namespace badwire::link;
using namespace std::chrono_literals;
using kind = stream_step::kind;

namespace {

stream_step pass(std::size_t bytes) { return {kind::pass, bytes, forever}; }
stream_step wait(duration until) { return {kind::wait, 0, until}; }

} // namespace

TEST(StreamPlan, WithoutFaultsEverythingPasses)
{
    stream_plan plan;
    EXPECT_EQ(plan.next({}, 1000, 0ms, 0), pass(1000));
    plan.passed(1000, 0ms);
    EXPECT_EQ(plan.offset(), 1000u);
    EXPECT_EQ(plan.next({}, 0, 0ms, 0), pass(0));
}

TEST(StreamPlan, AResetAndACloseComeAfterExactlyTheirBytes)
{
    for (const bool resets : {false, true}) {
        stream_faults asked;
        (resets ? asked.reset_after_bytes : asked.close_after_bytes) = 10;
        stream_plan plan;
        EXPECT_EQ(plan.next(asked, 7, 0ms, asked.slice_bytes), pass(7));
        plan.passed(7, 0ms);
        EXPECT_EQ(plan.next(asked, 7, 1ms, asked.slice_bytes), pass(3));
        plan.passed(3, 1ms);
        EXPECT_EQ(plan.next(asked, 4, 1ms, asked.slice_bytes).is,
                  resets ? kind::reset : kind::close);
        EXPECT_EQ(plan.next(asked, 0, 1ms, asked.slice_bytes).is,
                  resets ? kind::reset : kind::close)
            << "nothing more needs to come for it";
    }
}

TEST(StreamPlan, AStallHoldsEverythingForItsTimeAndHappensOnce)
{
    const stream_faults asked{.stall_after_bytes = 10, .stall_for = 5ms};
    stream_plan plan;
    EXPECT_EQ(plan.next(asked, 30, 1ms, asked.slice_bytes), pass(10));
    plan.passed(10, 1ms);
    EXPECT_EQ(plan.next(asked, 20, 1ms, asked.slice_bytes), wait(6ms));
    EXPECT_EQ(plan.next(asked, 0, 2ms, asked.slice_bytes), wait(6ms))
        << "the sender's end waits, too";
    EXPECT_EQ(plan.next(asked, 20, 6ms, asked.slice_bytes), pass(20));
    plan.passed(20, 6ms);
    EXPECT_EQ(plan.next(asked, 1, 6ms, asked.slice_bytes), pass(1));
}

TEST(StreamPlan, AStallForEverEndsWhenItIsNoLongerAsked)
{
    const stream_faults asked{.stall_after_bytes = 0};
    stream_plan plan;
    EXPECT_EQ(plan.next(asked, 20, 1ms, asked.slice_bytes), wait(forever));
    EXPECT_EQ(plan.next({}, 20, 2ms, 0), pass(20));
}

TEST(StreamPlan, AtOneByteAStallComesBeforeAResetBeforeAClose)
{
    stream_faults asked{
        .reset_after_bytes = 4, .close_after_bytes = 4, .stall_after_bytes = 4, .stall_for = 1ms};
    stream_plan plan;
    EXPECT_EQ(plan.next(asked, 9, 0ms, asked.slice_bytes), pass(4));
    plan.passed(4, 0ms);
    EXPECT_EQ(plan.next(asked, 5, 0ms, asked.slice_bytes), wait(1ms));
    EXPECT_EQ(plan.next(asked, 5, 1ms, asked.slice_bytes).is, kind::reset);
    asked.reset_after_bytes.reset();
    EXPECT_EQ(plan.next(asked, 5, 1ms, asked.slice_bytes).is, kind::close);
}

TEST(StreamPlan, AFaultThatComesTooLateHappensAtOnce)
{
    stream_plan plan;
    plan.passed(100, 1ms);
    EXPECT_EQ(plan.next({.reset_after_bytes = 50}, 5, 2ms, 0).is, kind::reset);
    EXPECT_EQ(plan.next({.stall_after_bytes = 50, .stall_for = 3ms}, 5, 2ms, 0), wait(5ms));
}

TEST(StreamPlan, SlicesAreOfOneSizeAndSoLongApart)
{
    const stream_faults asked{.close_after_bytes = 14, .slice_bytes = 4, .slice_gap = 3ms};
    stream_plan plan;
    EXPECT_EQ(plan.next(asked, 100, 0ms, asked.slice_bytes), pass(4)) << "the first waits for none";
    plan.passed(4, 0ms);
    EXPECT_EQ(plan.next(asked, 96, 1ms, asked.slice_bytes), wait(3ms));
    EXPECT_EQ(plan.next(asked, 96, 3ms, asked.slice_bytes), pass(4));
    plan.passed(4, 3ms);
    plan.passed(4, 6ms);
    EXPECT_EQ(plan.next(asked, 88, 9ms, asked.slice_bytes), pass(2))
        << "the close is nearer than the slice's end";
    EXPECT_EQ(plan.next(asked, 0, 7ms, asked.slice_bytes), pass(0)) << "an end is no slice";
}

TEST(StreamPlan, TimesWithoutEndDoNotOverflow)
{
    const stream_faults asked{.stall_after_bytes = 0, .stall_for = forever};
    stream_plan plan;
    EXPECT_EQ(plan.next(asked, 1, 1h, asked.slice_bytes), wait(forever));
}

TEST(StreamPlan, ACloseAtATimeWaitsForNothing)
{
    stream_faults asked;
    asked.close_after = 5ms;
    asked.stall_after_bytes = 0;
    stream_plan plan(10ms);
    EXPECT_EQ(plan.next(asked, 7, 11ms, 0), wait(15ms)) << "counted from the beginning";
    EXPECT_EQ(plan.next(asked, 7, 15ms, 0).is, kind::close) << "even while it stalls";

    asked.stall_after_bytes.reset();
    EXPECT_EQ(stream_plan(10ms).next(asked, 0, 12ms, 0), (stream_step{kind::pass, 0, 15ms}));
}
