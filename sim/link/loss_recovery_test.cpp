// What a sender does about segments that are lost, to the nanosecond.
#include "sim/link/loss_recovery.hpp"

#include <map>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace badwire::link;
using namespace std::chrono_literals;

namespace {

// Loses what it is told to; everything else takes 20 ms each way.
struct scripted_wire final : loss_recovery::wire {
    std::optional<duration> send(const loss_recovery::segment& what, duration at) override
    {
        if (what.before > 0) log += fmt::format("{} {}; ", at / 1ms, what.piece);
        const bool lost = losses.contains({what.piece, what.before});
        if (lost) return {};
        arrived[what.piece].push_back(at + 20ms);
        return at + 20ms;
    }
    std::optional<duration> acknowledge(const loss_recovery::segment& what, std::uint32_t before,
                                        duration at) override
    {
        if (lost_acknowledgments.contains({what.piece, before})) return {};
        return at + 20ms;
    }

    std::set<std::pair<std::uint64_t, std::uint32_t>> losses, lost_acknowledgments;
    std::string log; // what was sent again: when, and which
    std::map<std::uint64_t, std::vector<duration>> arrived;
};

struct Recovery : ::testing::Test {
    void send(int count, duration at = 0ms)
    {
        for (int i = 0; i < count; ++i) {
            sender.send({.piece = sent, .offset = 1000 * sent, .bytes = 1000}, at, wire, count_);
            ++sent;
        }
    }
    void run_until(duration until = forever)
    {
        while (sender.next_event() < until) sender.step(wire, count_);
    }

    scripted_wire wire;
    loss_recovery sender{40ms};
    stream_counters count_;
    std::uint64_t sent = 0;
};

} // namespace

TEST_F(Recovery, NothingIsSentAgainWhereNothingIsLost)
{
    send(10);
    run_until();
    EXPECT_EQ(wire.log, "");
    EXPECT_EQ(sender.next_event(), forever);
    EXPECT_EQ(count_.rtt_samples, 10U);
    EXPECT_EQ(count_.rtt / count_.rtt_samples, 40ms);
}

TEST_F(Recovery, ThreeThatFollowTellOfALossAfterARoundTrip)
{
    wire.losses = {{4, 0}};
    send(8);
    run_until();
    EXPECT_EQ(wire.log, "40 4; ");
    EXPECT_EQ(count_.fast_retransmits, 1U);
    EXPECT_EQ(count_.retransmitted, 1U);
}

TEST_F(Recovery, OneThatFollowsTellsAQuarterOfARoundTripLater)
{
    wire.losses = {{6, 0}};
    send(8);
    run_until();
    EXPECT_EQ(wire.log, "50 6; ");
    EXPECT_EQ(count_.fast_retransmits, 1U);
}

TEST_F(Recovery, ALostTailIsProbedAfterTwoRoundTrips)
{
    wire.losses = {{7, 0}};
    send(8);
    run_until();
    // The acknowledgments before it start the timer anew; one segment is on its way then.
    EXPECT_EQ(wire.log, "280 7; ");
    EXPECT_EQ(count_.probes, 1U);
    EXPECT_EQ(count_.timeouts, 0U);
}

TEST_F(Recovery, AProbeTellsOfTheLossesBeforeIt)
{
    wire.losses = {{5, 0}, {6, 0}, {7, 0}};
    send(8);
    run_until();
    EXPECT_EQ(wire.log, "122 7; 162 5; 162 6; ");
    EXPECT_EQ(count_.probes, 1U);
    EXPECT_EQ(count_.fast_retransmits, 1U);
}

TEST_F(Recovery, ALoneSegmentIsSentAgainAfterTheTimeoutWhichDoubles)
{
    wire.losses = {{0, 0}, {0, 1}, {0, 2}, {0, 3}};
    send(1);
    run_until();
    EXPECT_EQ(wire.log, "240 0; 480 0; 960 0; 1920 0; ");
    EXPECT_EQ(count_.probes, 1U);
    EXPECT_EQ(count_.timeouts, 3U);
}

TEST_F(Recovery, ALostRetransmissionIsFoundByWhatWasSentAfterIt)
{
    wire.losses = {{0, 0}, {0, 1}};
    send(4);
    run_until(41ms);
    EXPECT_EQ(wire.log, "40 0; ");
    send(2, 45ms);
    run_until();
    EXPECT_EQ(wire.log, "40 0; 85 0; ");
    EXPECT_EQ(count_.timeouts, 0U);
}

TEST_F(Recovery, WhatALostAcknowledgmentSaidTheNextOneSays)
{
    for (std::uint64_t i = 0; i < 7; ++i) wire.lost_acknowledgments.insert({i, 0});
    send(8);
    run_until();
    EXPECT_EQ(wire.log, "");
}

TEST_F(Recovery, WhereTheLastAcknowledgmentIsLostTheSegmentArrivesTwice)
{
    wire.lost_acknowledgments = {{0, 0}};
    send(1);
    run_until();
    EXPECT_EQ(wire.log, "240 0; ");
    EXPECT_EQ(wire.arrived[0], (std::vector<duration>{20ms, 260ms}));
}

TEST_F(Recovery, TheWindowGrowsFromTenAndShrinksByALoss)
{
    int room = 0;
    for (; sender.may_send(); ++room) send(1);
    EXPECT_EQ(room, 10);
    wire.losses = {{10, 0}};
    run_until(41ms);
    for (; sender.may_send(); ++room) send(1, 41ms);
    EXPECT_EQ(room, 30) << "twenty in the second round trip";
    run_until(82ms);
    EXPECT_EQ(wire.log, "81 10; ");
    run_until();
    for (room = 0; sender.may_send(); ++room) send(1, 200ms);
    EXPECT_GE(room, 14);
    EXPECT_LE(room, 24) << "seven tenths of the window at the loss, and some growth";
}

TEST_F(Recovery, ATimeoutLeavesOneSegment)
{
    for (std::uint64_t i = 0; i < 10; ++i) wire.losses.insert({i, 0});
    wire.losses.insert({9, 1}); // the probe, too
    send(10);
    EXPECT_FALSE(sender.may_send());
    run_until();
    EXPECT_EQ(wire.log,
              "82 9; 322 0; 362 1; 362 2; 402 3; 402 4; 402 5; 402 6; 442 7; 442 8; 442 9; ");
    EXPECT_EQ(count_.timeouts, 1U);
}
