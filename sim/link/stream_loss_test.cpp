// What loss does to streams: how late bytes are, how fast a transfer, and that none is missing.
#include <cmath>
#include <random>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include "sim/link/options_json.hpp"
#include "sim/link/stream_path.hpp"

using namespace badwire::link;
using namespace std::chrono_literals;
using kind = stream_path::arrival::kind;

namespace {

impairments lossy(double loss, duration delay)
{
    impairments asked;
    asked.loss = loss;
    asked.delay = {delay, delay};
    return asked;
}

// Bytes that differ from their neighbours, so that no place can be mistaken for another.
std::byte byte_at(std::uint64_t offset) { return std::byte(offset * 31 + offset / 251); }

// One direction of a stream: a sender that writes whatever there is room for, and a receiver that
// reads at once.
struct transfer {
    transfer(std::uint64_t seed, const impairments& there, const impairments& back_again,
             std::vector<change> changes = {})
        : through(seed, "wan", direction::up, there, std::move(changes)),
          back(seed, "wan", direction::down, back_again)
    {
    }

    void write(std::uint64_t bytes)
    {
        std::vector<std::byte> made;
        for (; bytes > 0; --bytes) made.push_back(byte_at(written++));
        path.offer(made, now);
    }
    // Writes so many bytes as fast as it can, and ends.
    void write_all(std::uint64_t bytes)
    {
        for (;;) {
            write(std::min<std::uint64_t>(path.room(now), bytes - written));
            if (written == bytes) break;
            step();
        }
        path.offer_end();
        while (!ended && step()) {}
    }
    // Moves on to what happens next; false: nothing will.
    bool step()
    {
        path.advance(now);
        bool read_any = read();
        auto next = std::min(path.next_entry(), path.next_arrival());
        if (path.room(now) == 0) next = std::min(next, path.next_room());
        if (next == forever) return read_any;
        EXPECT_GE(next, now) << "time falls";
        now = std::max(now, next);
        path.advance(now);
        read();
        return true;
    }
    bool read()
    {
        bool any = false;
        for (; auto next = path.take(now); any = true) {
            for (const std::byte one : next->bytes)
                if (one != byte_at(read_bytes++)) ++wrong;
            if (!next->bytes.empty()) path.was_read(next->bytes.size(), now);
            ended |= next->is == kind::end;
            arrived_at.push_back(now);
        }
        return any;
    }

    lane through, back;
    stream_path path{through, through.open_flow("client"), 0, {back, back.open_flow("client")}};
    duration now{0};
    std::uint64_t written = 0, read_bytes = 0, wrong = 0;
    bool ended = false;
    std::vector<duration> arrived_at; // pieces
};

// Mathis et al. 1997: rate = MSS / RTT * 1.22 / sqrt(p), in bytes a second.
double square_root_law(double loss, duration round_trip)
{
    return segment_bytes_max / std::chrono::duration<double>(round_trip).count() * 1.22 /
           std::sqrt(loss);
}

// Of bulk transfers over 20 ms, against the law.
double goodput_against_the_law(double loss)
{
    constexpr std::uint64_t bytes = 4 << 20;
    constexpr int seeds = 10;
    double sum = 0;
    for (int seed = 1; seed <= seeds; ++seed) {
        transfer one(seed, lossy(loss, 10ms), lossy(loss, 10ms));
        one.write_all(bytes);
        EXPECT_TRUE(one.ended && one.wrong == 0 && one.read_bytes == bytes) << "seed " << seed;
        sum += bytes / std::chrono::duration<double>(one.now).count();
    }
    return sum / seeds / square_root_law(loss, 20ms);
}

std::uint64_t losses_of(std::uint64_t seed, const impairments& there, std::size_t chunk)
{
    transfer one(seed, there, lossy(0, 5ms));
    while (one.written < 500 * segment_bytes_max) {
        one.write(chunk);
        one.step();
    }
    one.write_all(one.written);
    return one.through.streams().lost;
}

} // namespace

TEST(StreamLoss, GoodputFollowsTheSquareRootLaw)
{
    for (const double loss : {0.01, 0.02, 0.05}) {
        const double factor = goodput_against_the_law(loss);
        EXPECT_GT(factor, 1 / 1.5) << loss;
        EXPECT_LT(factor, 1.5) << loss;
    }
}

TEST(StreamLoss, ALoneSegmentIsLateByTheTimeout)
{
    transfer one(1, lossy(1, 10ms), lossy(0, 10ms), {{1ms, lossy(0, 10ms)}});
    one.write(100);
    while (one.read_bytes < 100) ASSERT_TRUE(one.step());
    EXPECT_EQ(one.now, 220ms + 10ms) << "a round trip and 200 ms, and the way";
    EXPECT_EQ(one.through.streams().lost, 1U);
    EXPECT_EQ(one.through.streams().longest_stall, 220ms);
    EXPECT_EQ(one.through.struck().of("loss"), 1U);
}

TEST(StreamLoss, WhatFollowsWaitsForALostSegment)
{
    transfer one(1, lossy(1, 10ms), lossy(0, 10ms), {{1ms, lossy(0, 10ms)}});
    for (int i = 0; i < 4; ++i) {
        one.write(100);
        one.path.advance(one.now);
        one.now += 1ms;
    }
    while (one.read_bytes < 400) ASSERT_TRUE(one.step());
    // The third that follows was sent at 3 ms and is acknowledged at 23 ms.
    EXPECT_EQ(one.now, 23ms + 10ms);
    EXPECT_EQ(one.arrived_at.size(), 1U) << "all at once";
    EXPECT_EQ(one.through.streams().fast_retransmits, 1U);
    EXPECT_EQ(one.through.streams().stalls, 1U);
}

TEST(StreamLoss, ALostEndIsLateByTheTimeout)
{
    transfer one(1, lossy(1, 10ms), lossy(0, 10ms), {{1ms, lossy(0, 10ms)}});
    one.path.offer_end();
    while (!one.ended) ASSERT_TRUE(one.step());
    EXPECT_EQ(one.now, 230ms);
}

TEST(StreamLoss, ACutLosesSegmentsOfALossyLinkWhichComeAfterTheNextTimeout)
{
    impairments cut = lossy(1e-9, 10ms);
    cut.cut = true;
    transfer one(1, cut, lossy(0, 10ms), {{1s, lossy(1e-9, 10ms)}});
    one.write(100);
    while (one.read_bytes < 100) ASSERT_TRUE(one.step());
    EXPECT_EQ(one.now, (220ms + 220ms + 440ms + 880ms) + 10ms);
    EXPECT_EQ(one.through.struck().of("cut"), 1U);
    EXPECT_EQ(one.through.struck().of("loss"), 0U);
}

TEST(StreamLoss, FlippedBitsLoseASegment)
{
    impairments asked = lossy(0, 10ms);
    asked.corrupt.probability = 0.05;
    transfer one(1, asked, lossy(0, 10ms));
    one.write_all(1 << 20);
    EXPECT_EQ(one.wrong, 0U);
    EXPECT_GT(one.through.streams().lost, 10U);
    EXPECT_EQ(one.through.struck().of("corrupt"), 1U);
}

TEST(StreamLoss, TheSameSegmentsAreLostWhateverTheTiming)
{
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const auto lost = losses_of(seed, lossy(0.05, 5ms), 32 * segment_bytes_max);
        EXPECT_GT(lost, 5U);
        EXPECT_EQ(losses_of(seed, lossy(0.05, 50ms), 32 * segment_bytes_max), lost);
    }
}

TEST(StreamLoss, NoMoreThanAskedAreLostInARow)
{
    impairments asked = lossy(1, 10ms);
    asked.loss.at_most_in_a_row = 2;
    transfer one(1, asked, lossy(0, 10ms));
    one.write_all(30 * segment_bytes_max);
    EXPECT_TRUE(one.ended);
    const stream_counters& count = one.through.streams();
    EXPECT_EQ(count.lost, count.segments / 3 * 2);
}

namespace {

impairments any_lossy_link()
{
    const auto chance = [](int per_cent_max) { return *rc::gen::inRange(0, per_cent_max) / 100.0; };
    impairments made;
    made.loss.probability = chance(40);
    made.loss.bursts = *rc::gen::arbitrary<bool>();
    made.loss.p = chance(20);
    made.loss.r = 0.3 + chance(50);
    made.loss.at_most_in_a_row = *rc::gen::inRange(0U, 4U);
    made.corrupt.probability = chance(20);
    const auto least = 1ms * *rc::gen::inRange(0, 50);
    made.delay = {least, least + 1ms * *rc::gen::inRange(0, 30)};
    made.rate.bits_per_second = *rc::gen::element(0.0, 1e6, 50e6);
    made.tcp.slice_bytes = *rc::gen::element(0U, 700U);
    made.tcp.window_bytes = *rc::gen::element(3000U, 64U << 10, 256U << 10);
    return made;
}

} // namespace

RC_GTEST_PROP(StreamLoss, NoByteIsEverLostOrOutOfOrder, ())
{
    const impairments asked = any_lossy_link();
    impairments cut = asked;
    cut.cut = true;
    const auto from = 1ms * *rc::gen::inRange(0, 500);
    transfer one(*rc::gen::arbitrary<std::uint64_t>(), asked, any_lossy_link(),
                 {{from, cut}, {from + 1ms * *rc::gen::inRange(0, 2000), asked}});
    const std::uint64_t bytes = *rc::gen::inRange(0, 300'000);
    one.write_all(bytes);
    RC_ASSERT(one.ended);
    RC_ASSERT(one.wrong == 0U);
    RC_ASSERT(one.read_bytes == bytes);
    RC_ASSERT(one.through.streams().bytes == bytes);
}

TEST(StreamLoss, AnExactRuleLosesTheSegmentThatItNames)
{
    const auto asked = parse_link_options(nlohmann::ordered_json::parse(
        R"({"up": {"delay": "10ms", "exact": [{"tcp": "data", "nth": 3}]}})"));
    transfer one(1, asked.up, lossy(0, 10ms));
    one.write_all(10 * segment_bytes_max);
    EXPECT_EQ(one.through.streams().lost, 1U);
    EXPECT_EQ(one.through.struck().rules.at(0).matched, 11U) << "ten, and one again";
    EXPECT_EQ(one.through.struck().rules.at(0).struck, 1U);
    EXPECT_EQ(one.through.streams().longest_stall, 20ms);
}
