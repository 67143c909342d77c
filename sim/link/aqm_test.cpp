// Managed queues at a bottleneck: when they drop and mark, by hand-computed examples, and what holds
// for every packet of every one of them.
#include <algorithm>

#include <gtest/gtest.h>

#include "sim/link/keyed_hash.hpp"
#include "sim/link/pie.hpp"
#include "sim/link/queues_for_tests.hpp"

using namespace badwire::link;
using namespace std::chrono_literals;

namespace {

rate_model rate_of(double bits_per_second, std::uint64_t packets = 1'000'000)
{
    rate_model asked;
    asked.bits_per_second = bits_per_second;
    asked.queue_packets = packets;
    return asked;
}

// When packets were dropped or marked, in ms.
std::vector<double> signal_times_ms(const queue_log& log)
{
    std::vector<double> times;
    for (const auto& one : log.all)
        if (one.met && (one.dropped() || one.met->marked))
            times.push_back(static_cast<double>(one.met->at.count()) / 1e6);
    return times;
}

// A packet of 1000 bytes takes 8 ms, and one comes every 4 ms.
void overload(bottleneck& narrow, queue_log& log, bool capable, duration until)
{
    for (duration now = 0ms; now < until; now += 4ms) log.offer(1000, now, {.capable = capable});
    narrow.serve(until);
}

// The first packet that waits 5 ms with more than 1500 bytes behind it is transmitted at 24 ms; at
// 124 ms all have waited for an interval, and the next transmission begins at 128 ms. The drops
// after it are due 100 ms / sqrt(count) after one another, from 128 ms on: at 228, 298.7, 356.4,
// 406.4 and 451.2 ms, each when the next transmission begins.
const std::vector<double> by_control_law{128, 232, 304, 360, 408, 456};

} // namespace

TEST(Codel, DropsFollowTheIntervalOverTheRootOfTheirCount)
{
    bottleneck narrow;
    narrow.set(rate_of(1e6), aqm_model::codel());
    queue_log log(narrow);
    overload(narrow, log, true, 460ms);
    EXPECT_EQ(signal_times_ms(log), by_control_law);
    EXPECT_EQ(log.all[16].met->why, cause::aqm);
    EXPECT_EQ(log.all[17].met->at, 128ms) << "the next one is transmitted in its stead";
}

TEST(Codel, MarksInsteadOfDropsWhereTheSenderIsCapable)
{
    aqm_model asked = aqm_model::codel();
    asked.ecn = true;
    bottleneck narrow;
    narrow.set(rate_of(1e6), asked);
    queue_log log(narrow);
    overload(narrow, log, true, 460ms);
    EXPECT_EQ(signal_times_ms(log), by_control_law);
    EXPECT_TRUE(std::ranges::none_of(log.all, &queue_log::entry::dropped));
    EXPECT_TRUE(log.all[16].met->marked);

    bottleneck again;
    again.set(rate_of(1e6), asked);
    queue_log incapable(again);
    overload(again, incapable, false, 460ms);
    EXPECT_EQ(signal_times_ms(incapable), by_control_law);
    EXPECT_TRUE(std::ranges::none_of(incapable.all,
                                     [](const auto& one) { return one.met && one.met->marked; }));
}

TEST(Codel, ABurstThatDrainsWithinAnIntervalLosesNothing)
{
    bottleneck narrow;
    narrow.set(rate_of(1e6), aqm_model::codel());
    queue_log log(narrow);
    for (int i = 0; i < 12; ++i) log.offer(1000, 0ms); // drains in 96 ms
    narrow.serve(1s);
    EXPECT_TRUE(std::ranges::all_of(log.all, &queue_log::entry::passed));
    EXPECT_EQ(log.all.back().took(), 96ms);
}

TEST(FqCodel, AThinFlowIsNotDelayedByAFatOne)
{
    const auto worst_of_thin = [](const aqm_model& asked) {
        bottleneck narrow;
        narrow.set(rate_of(1e6), asked);
        queue_log log(narrow);
        for (int i = 0; i < 1000; ++i) {
            log.offer(1000, i * 4ms, {.flow = 1}); // twice the rate
            if (i % 5 == 0) log.offer(100, i * 4ms, {.flow = 2});
        }
        narrow.serve(10s);
        duration worst{0};
        for (const auto& one : log.all)
            if (one.flow == 2) {
                EXPECT_TRUE(one.passed());
                worst = std::max(worst, one.took());
            }
        return worst;
    };
    // It waits for the packet that is transmitted just now, and takes 0.8 ms itself; at worst the
    // other flow has its turn before it.
    EXPECT_LE(worst_of_thin(aqm_model::fq_codel()), 2 * 8ms + 800us);
    EXPECT_LE(worst_of_thin(aqm_model::fq_codel()), 20ms);
}

TEST(FqCodel, TwoFatFlowsShareByBytes)
{
    bottleneck narrow;
    narrow.set(rate_of(1e6), aqm_model::fq_codel());
    queue_log log(narrow);
    for (int i = 0; i < 2000; ++i) {
        log.offer(1000, i * 4ms, {.flow = 1});
        for (int k = 0; k < 4; ++k) log.offer(250, i * 4ms, {.flow = 2});
    }
    narrow.serve(8s);
    std::array<double, 3> bytes{};
    for (const auto& one : log.all)
        if (one.passed()) bytes.at(one.flow) += static_cast<double>(one.bytes);
    EXPECT_NEAR(bytes[1] / bytes[2], 1, 0.02);
}

TEST(FqCodel, WhereTheQueueIsFullTheLongestFlowLosesItsOldest)
{
    bottleneck narrow;
    narrow.set(rate_of(1e6, 3), aqm_model::fq_codel());
    queue_log log(narrow);
    for (int i = 0; i < 4; ++i) log.offer(1000, 0ms, {.flow = 1}); // one in transmission
    log.offer(100, 0ms, {.flow = 2});
    EXPECT_EQ(log.all[1].met->why, cause::queue);
    narrow.serve(1s);
    EXPECT_TRUE(log.all[4].passed());
}

TEST(Pie, TheProbabilityFollowsTheRfcsUpdate)
{
    // 20 packets that nobody serves: 160 ms at 1 Mbit/s, whatever the time.
    pie_queue queue(aqm_model::pie());
    queue.set_rate(1e6);
    dropped_packets dropped;
    for (int i = 0; i < 20; ++i) queue.enqueue({.bytes = 1000}, 0ms, dropped);
    const auto probability_at = [&](duration now) {
        queue.enqueue({.bytes = 0}, now, dropped);
        return queue.probability();
    };
    EXPECT_EQ(probability_at(14ms), 0);
    // 0.125 (0.160 - 0.015) + 1.25 (0.160 - 0) = 0.218125; below 0.000001 it is divided by 2048.
    EXPECT_NEAR(probability_at(15ms), 0.218125 / 2048, 1e-12);
    // From now on the delay stays: 0.125 * 0.145 = 0.018125, divided by 32 below 0.001 …
    EXPECT_NEAR(probability_at(30ms), 0.218125 / 2048 + 0.018125 / 32, 1e-12);
    EXPECT_NEAR(probability_at(45ms), 0.218125 / 2048 + 2 * 0.018125 / 32, 1e-12);
    // … and by 8 below 0.01.
    EXPECT_NEAR(probability_at(60ms), 0.218125 / 2048 + 2 * 0.018125 / 32 + 0.018125 / 8, 1e-12);
}

TEST(Pie, NothingIsDroppedInTheFirstBurstAndThenTheDelayIsHeldAtTheTarget)
{
    bottleneck narrow;
    narrow.set(rate_of(10e6), aqm_model::pie());
    queue_log log(narrow);
    // A tenth too much: packets of 1000 bytes take 0.8 ms.
    for (int i = 0; i < 40'000; ++i)
        log.offer(1000, i * 727us, {.drawn = draw(1, rule::pie, static_cast<std::uint64_t>(i), 0)});
    narrow.serve(40s);
    double sum = 0, count = 0;
    for (const auto& one : log.all) {
        if (one.offered < 150ms) {
            EXPECT_TRUE(one.passed());
        }
        if (one.offered < 10s || !one.passed()) continue;
        sum += std::chrono::duration<double>(one.took()).count();
        ++count;
    }
    EXPECT_NEAR(sum / count, 0.015, 0.003);
    EXPECT_NEAR(count / 26'245, 727. / 800, 0.02);
}

TEST(Pie, MarksUpToATenthAndDropsAbove)
{
    aqm_model asked = aqm_model::pie();
    asked.ecn = true;
    bottleneck narrow;
    narrow.set(rate_of(10e6), asked);
    queue_log log(narrow);
    duration now{0};
    for (std::uint64_t i = 0; i < 40'000; ++i) {
        log.offer(1000, now, {.capable = true, .drawn = draw(1, rule::pie, i, 0)});
        now += i < 20'000 ? 760us : 200us; // a little more than passes, then four times as much
    }
    narrow.serve(40s);
    bool marked = false, dropped = false;
    for (const auto& one : log.all) {
        EXPECT_FALSE(one.met->marked && one.met->asked > 0.1);
        EXPECT_FALSE(one.met->why == cause::aqm && one.met->asked <= 0.1);
        marked |= one.met->marked;
        dropped |= one.met->why == cause::aqm;
    }
    EXPECT_TRUE(marked);
    EXPECT_TRUE(dropped);
}

TEST(ManagedQueue, ByATraceWhatWaitsLeavesWithTheNextOpportunities)
{
    rate_model asked;
    asked.trace = std::make_shared<delivery_trace>(delivery_trace{"", {2, 5, 5, 9}});
    for (const aqm_model& managed : {aqm_model::codel(), aqm_model::fq_codel(), aqm_model::pie()}) {
        bottleneck narrow, plain;
        narrow.set(asked, managed);
        plain.set(asked);
        queue_log log(narrow);
        for (const duration now : {0ms, 0ms, 3ms, 3ms, 40ms, 41ms}) {
            log.offer(1400, now);
            narrow.serve(now);
            EXPECT_TRUE(plain.admit(1400, now));
        }
        narrow.serve(1s);
        EXPECT_EQ(log.all[0].took(), 2ms);
        EXPECT_EQ(log.all[1].took(), 5ms);
        EXPECT_EQ(log.all[4].met->at, 41ms) << "what nobody used is lost";
        EXPECT_TRUE(std::ranges::all_of(log.all, &queue_log::entry::passed));
    }
}

TEST(ManagedQueue, WhatWaitsIsTransmittedInOrderWhenItIsNoLongerManaged)
{
    bottleneck narrow;
    narrow.set(rate_of(1e6), aqm_model::codel());
    queue_log log(narrow);
    for (int i = 0; i < 3; ++i) log.offer(1000, 0ms);
    narrow.set(rate_of(1e6));
    EXPECT_FALSE(narrow.managed());
    EXPECT_EQ(log.all[2].met->transmitted, 24ms);
    EXPECT_EQ(narrow.admit(1000, 1ms), 31ms);
}

namespace {

// In no window that begins with a departure and ends with another.
void expect_rate_kept(const queue_log& log, const rate_model& asked, std::uint64_t seed)
{
    for (std::size_t first = 0; first < log.left.size(); ++first) {
        double bits = 0;
        const duration begin = log.all[log.left[first]].met->transmitted;
        for (std::size_t last = first + 1; last < std::min(first + 50, log.left.size()); ++last) {
            const auto& one = log.all[log.left[last]];
            bits += 8. * static_cast<double>(one.bytes + asked.overhead_bytes);
            const double seconds =
                std::chrono::duration<double>(one.met->transmitted - begin).count() + 50e-9;
            EXPECT_LE(bits,
                      asked.bits_per_second * seconds + 8. * static_cast<double>(asked.burst_bytes))
                << "seed " << seed;
        }
    }
}

} // namespace

// Whatever is asked and whatever comes: nothing gets lost, nothing is faster than the rate, and flows
// keep their order.
TEST(ManagedQueue, EveryPacketIsAccountedForAndTheRateIsKept)
{
    using list = std::vector<std::size_t>;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        auto random = [&, n = std::uint64_t{0}](double most) mutable {
            return draw(seed, rule::loss, n++, 0) * most;
        };
        rate_model asked = rate_of(1e5 + random(1e7), 1 + static_cast<std::uint64_t>(random(60)));
        asked.burst_bytes = seed % 3 == 0 ? static_cast<std::uint64_t>(random(2e4)) : 0;
        asked.overhead_bytes = static_cast<std::uint32_t>(random(40));
        if (seed % 5 == 0) asked.queue_bytes = 3000 + static_cast<std::uint64_t>(random(50'000));
        aqm_model managed =
            std::array{aqm_model::codel(), aqm_model::fq_codel(), aqm_model::pie()}.at(seed % 3);
        managed.ecn = seed % 2 == 0;
        bottleneck narrow;
        narrow.set(asked, managed);
        queue_log log(narrow);
        duration now{0};
        std::uint64_t sent = 0;
        for (int i = 0; i < 2000; ++i) {
            log.offer(static_cast<std::size_t>(random(1500)), now,
                      {.flow = static_cast<std::uint64_t>(random(4)),
                       .capable = random(1) < 0.5,
                       .drawn = random(1)});
            now += duration(static_cast<std::int64_t>(random(2e6)));
            ++sent;
        }
        const auto pending =
            std::ranges::count_if(log.all, [](const auto& one) { return !one.met; });
        EXPECT_LE(pending, static_cast<std::ptrdiff_t>(asked.queue_packets));
        narrow.serve(never - 1ns);
        EXPECT_TRUE(
            std::ranges::all_of(log.all, [](const auto& one) { return one.met.has_value(); }));
        EXPECT_EQ(log.left.size() + static_cast<std::size_t>(
                                        std::ranges::count_if(log.all, &queue_log::entry::dropped)),
                  sent);
        EXPECT_EQ(narrow.next_service(), never);

        expect_rate_kept(log, asked, seed);
        for (std::uint64_t flow = 0; flow < 4; ++flow) {
            list of;
            for (const std::size_t i : log.left)
                if (log.all[i].flow == flow) of.push_back(i);
            EXPECT_TRUE(std::ranges::is_sorted(of)) << "seed " << seed;
        }
    }
}

TEST(ManagedQueue, AStreamsBytesWaitTheirTurnAndHoldTheOthersUp)
{
    for (const aqm_model& managed : {aqm_model::codel(), aqm_model::pie()}) {
        bottleneck narrow;
        narrow.set(rate_of(1e6), managed);
        queue_log log(narrow);
        EXPECT_EQ(narrow.reserve(1000, 0ms), 8ms);
        log.offer(1000, 0ms);
        EXPECT_EQ(narrow.reserve(1000, 1ms), 23ms);
        log.offer(1000, 1ms);
        narrow.serve(1s);
        EXPECT_EQ(log.all[0].met->transmitted, 16ms);
        EXPECT_EQ(log.all[1].met->transmitted, 32ms);
    }
}

TEST(FqCodel, AStreamTakesItsTurnBesideAFatFlow)
{
    bottleneck narrow;
    narrow.set(rate_of(1e6), aqm_model::fq_codel());
    queue_log log(narrow);
    for (int i = 0; i < 10; ++i) log.offer(1000, 0ms, {.flow = 1});
    // One more of the fat flow, whose turn lasts, and then the stream.
    EXPECT_EQ(narrow.reserve(1000, 0ms), 24ms);
    narrow.serve(1s);
    EXPECT_EQ(log.all[1].met->transmitted, 16ms);
    EXPECT_EQ(log.all[2].met->transmitted, 32ms);
}
