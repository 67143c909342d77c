// When the pieces of a stream arrive, to the nanosecond.
#include "sim/link/stream_path.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

using namespace badwire::link;
using namespace std::chrono_literals;
using kind = stream_path::arrival::kind;

namespace {

// What arrived, and when: moves the path from event to event, as a driver does.
struct driver {
    explicit driver(const impairments& asked, std::vector<change> changes = {},
                    const impairments& asked_back = {}, std::vector<change> changes_back = {})
        : through(1, "wan", direction::up, asked, std::move(changes)),
          back(1, "wan", direction::down, asked_back, std::move(changes_back))
    {
    }

    void offer(std::string_view text)
    {
        path.offer(std::as_bytes(std::span(text)), now);
        look();
    }
    void end()
    {
        path.offer_end();
        look();
    }
    void look()
    {
        path.advance(now);
        while (auto next = path.take(now)) {
            if (!log.empty()) log += ", ";
            log += std::to_string(now.count() / 1000) + "us ";
            const std::string_view text(reinterpret_cast<const char*>(next->bytes.data()),
                                        next->bytes.size());
            heard += text;
            if (next->is == kind::data) log += text;
            else log += next->is == kind::end ? "end" : "reset";
        }
    }
    void run_until(duration until)
    {
        for (;;) {
            const auto next = std::min(path.next_entry(), path.next_arrival());
            if (next > until) break;
            ASSERT_GT(next, now) << "time stands still";
            now = next;
            look();
        }
        now = until;
    }

    lane through, back;
    stream_path path{through, through.open_flow("client"), 0, {back, back.open_flow("client")}};
    duration now{0};
    std::string log, heard;
};

impairments delayed(duration by)
{
    impairments asked;
    asked.delay = {by, by};
    return asked;
}

} // namespace

TEST(StreamPath, BytesAndTheEndTakeTheDelay)
{
    driver drive(delayed(5ms));
    drive.offer("hello");
    drive.run_until(2ms);
    drive.end();
    drive.run_until(1s);
    EXPECT_EQ(drive.log, "5000us hello, 7000us end");
    EXPECT_EQ(drive.path.held(), 0u);
}

TEST(StreamPath, ARateDelaysEachByteExactly)
{
    impairments asked = delayed(1ms);
    asked.rate.bits_per_second = 8e6; // a byte takes 1 us
    driver drive(asked);
    drive.offer("abcd");
    drive.run_until(2us);
    drive.offer("ef");
    drive.run_until(1s);
    drive.offer("g");
    drive.run_until(2s);
    EXPECT_EQ(drive.log, "1004us abcd, 1006us ef, 1001001us g");
}

TEST(StreamPath, ALongPieceOccupiesABottleneckSegmentBySegment)
{
    impairments asked;
    asked.rate.bits_per_second = 8e6;
    driver drive(asked);
    drive.offer(std::string(100'000, 'x'));
    EXPECT_EQ(drive.path.next_entry(), 1460us);
    drive.run_until(99'999us);
    EXPECT_GT(drive.path.held(), 0u);
    drive.run_until(100'000us);
    EXPECT_EQ(drive.path.held(), 0u);
}

TEST(StreamPath, ADriverThatIsLateDoesNotSlowABottleneckDown)
{
    impairments asked;
    asked.rate.bits_per_second = 8e6;
    driver drive(asked);
    drive.offer(std::string(146'000, 'x'));
    while (drive.path.next_entry() != forever) {
        drive.now = drive.path.next_entry() + 700us;
        drive.look();
    }
    EXPECT_LE(drive.now, 146'700us);
}

TEST(StreamPath, ACutHoldsWhatHasNotEnteredUntilItHeals)
{
    impairments cut = delayed(10ms);
    cut.cut = true;
    driver drive(delayed(10ms), {{5ms, cut}, {50ms, delayed(1ms)}});
    drive.offer("before ");
    drive.run_until(6ms);
    drive.offer("during ");
    drive.end();
    drive.run_until(1s);
    EXPECT_EQ(drive.log, "10000us before , 51000us during , 51000us end");
}

TEST(StreamPath, AChangeByHandCounts)
{
    impairments cut;
    cut.cut = true;
    driver drive(cut);
    drive.offer("late");
    drive.run_until(7ms);
    drive.through.change_to({});
    drive.look();
    EXPECT_EQ(drive.log, "7000us late");
}

TEST(StreamPath, AfterACloseTheRestIsThrownAway)
{
    impairments asked = delayed(3ms);
    asked.tcp.close_after_bytes = 4;
    driver drive(asked);
    drive.offer("abcdef");
    drive.offer("ghi");
    drive.end();
    EXPECT_TRUE(drive.path.ended());
    drive.run_until(1s);
    EXPECT_EQ(drive.log, "3000us abcd, 3000us end");
    EXPECT_EQ(drive.path.held(), 0u);
}

TEST(StreamPath, AResetArrivesAfterItsBytesAlsoWhenNoMoreCome)
{
    impairments asked = delayed(3ms);
    asked.tcp.reset_after_bytes = 4;
    driver drive(asked);
    drive.offer("ab");
    drive.run_until(10ms);
    drive.offer("cd");
    drive.run_until(1s);
    EXPECT_EQ(drive.log, "3000us ab, 13000us cd, 13000us reset");
}

TEST(StreamPath, AStallDelaysTheRestAndTheEnd)
{
    impairments asked = delayed(1ms);
    asked.tcp = {.stall_after_bytes = 3, .stall_for = 20ms};
    driver drive(asked);
    drive.offer("abcdef");
    drive.end();
    drive.run_until(1s);
    EXPECT_EQ(drive.log, "1000us abc, 21000us def, 21000us end");
}

TEST(StreamPath, SlicesArriveOneByOne)
{
    impairments asked;
    asked.tcp = {.slice_bytes = 2, .slice_gap = 5ms};
    driver drive(asked);
    drive.offer("abcde");
    drive.run_until(1s);
    EXPECT_EQ(drive.log, "0us ab, 5000us cd, 10000us e");

    asked.tcp.slice_gap = 0ms;
    driver at_once(asked);
    at_once.offer("abcde");
    EXPECT_EQ(at_once.log, "0us ab, 0us cd, 0us e");
}

TEST(StreamPath, PiecesStayInOrderWhereDelaysDiffer)
{
    impairments asked = delayed(0ms);
    asked.delay = {1ms, 50ms};
    driver drive(asked);
    for (int i = 0; i < 30; ++i) {
        drive.offer(std::string(1, static_cast<char>('a' + i % 26)));
        drive.run_until(drive.now + 1ms);
    }
    drive.run_until(1s);
    EXPECT_EQ(drive.heard, "abcdefghijklmnopqrstuvwxyzabcd");
}

TEST(StreamPath, SmallPiecesCountForTheMemoryTheyTake)
{
    impairments asked = delayed(1s);
    asked.tcp.slice_bytes = 1;
    driver drive(asked);
    drive.offer(std::string(1000, 'x'));
    EXPECT_GE(drive.path.held(), 1000u * 16);
}

TEST(ByteQueue, GivesBackWhatWasPutInAndForgetsTheTail)
{
    byte_queue queue;
    std::string expected;
    std::string taken;
    std::size_t size = 0;
    for (int i = 0; i < 200; ++i) {
        const std::string more(static_cast<std::size_t>(i * 37 % 1000),
                               static_cast<char>('a' + i % 26));
        queue.append(std::as_bytes(std::span(more)));
        expected += more;
        size += more.size();
        const std::size_t part = size / 3;
        for (const std::byte byte : queue.take(part)) taken += static_cast<char>(byte);
        size -= part;
        ASSERT_EQ(queue.size(), size);
    }
    const std::size_t kept = size / 2;
    queue.cut_to(kept);
    queue.append(std::as_bytes(std::span(std::string_view("tail"))));
    expected.resize(expected.size() - (size - kept));
    expected += "tail";
    for (const std::byte byte : queue.take(queue.size())) taken += static_cast<char>(byte);
    EXPECT_TRUE(taken == expected);
    queue.append(std::as_bytes(std::span(std::string_view("x"))));
    queue.cut_to(0);
    EXPECT_EQ(queue.size(), 0u);
}

TEST(StreamPath, AWindowIsFreeAgainAfterTheWayBack)
{
    impairments asked = delayed(5ms);
    asked.tcp.window_bytes = 8;
    driver drive(asked, {}, delayed(3ms));
    EXPECT_EQ(drive.path.room(0ms), 8u);
    drive.offer("hello");
    EXPECT_EQ(drive.path.room(0ms), 3u);
    drive.offer("abc");
    EXPECT_EQ(drive.path.room(0ms), 0u);
    EXPECT_EQ(drive.path.next_room(), forever) << "nothing was read";
    drive.run_until(6ms);
    drive.path.was_read(2, 6ms);
    drive.path.was_read(6, 7ms);
    EXPECT_EQ(drive.path.next_room(), 9ms);
    EXPECT_EQ(drive.path.room(8ms), 0u);
    EXPECT_EQ(drive.path.room(9ms), 2u);
    EXPECT_EQ(drive.path.room(10ms), 8u);
}

TEST(StreamPath, WhatIsReadWhileTheWayBackIsCutIsAcknowledgedWhenItHeals)
{
    impairments asked;
    asked.tcp.window_bytes = 8;
    impairments cut = delayed(3ms);
    cut.cut = true;
    driver drive(asked, {}, cut, {{20ms, delayed(3ms)}});
    drive.offer("12345678");
    drive.path.was_read(8, 0ms);
    EXPECT_EQ(drive.path.room(10ms), 0u);
    EXPECT_EQ(drive.path.next_room(), 20ms);
    drive.back.advance(20ms);
    EXPECT_EQ(drive.path.room(20ms), 0u);
    EXPECT_EQ(drive.path.next_room(), 23ms);
    EXPECT_EQ(drive.path.room(23ms), 8u);
}

TEST(StreamPath, WhatIsThrownAwayNeedsNoRoom)
{
    impairments asked;
    asked.tcp.window_bytes = 8;
    asked.tcp.close_after_bytes = 3;
    driver drive(asked);
    drive.offer("12345678");
    EXPECT_GT(drive.path.room(0ms), 1u << 20);
}

TEST(StreamPath, AResetFollowsTheSendersOwnEndOnly)
{
    driver drive(delayed(5ms));
    drive.end();
    drive.run_until(1ms);
    drive.path.offer_reset();
    drive.look();
    drive.run_until(1s);
    EXPECT_EQ(drive.log, "5000us end, 6000us reset");

    impairments asked = delayed(5ms);
    asked.tcp.close_after_bytes = 3;
    driver closed(asked);
    closed.offer("12345678");
    closed.path.offer_reset();
    closed.look();
    closed.run_until(1s);
    EXPECT_EQ(closed.log, "5000us 123, 5000us end");
}

TEST(StreamPath, AnEndThatIsDelayedComesAfterItsBytes)
{
    impairments asked = delayed(5ms);
    asked.tcp.close_delay = 100ms;
    driver drive(asked);
    drive.offer("bye");
    drive.end();
    drive.run_until(1s);
    EXPECT_EQ(drive.log, "5000us bye, 105000us end");
}

TEST(StreamPath, AStreamEndsAtATimeWhateverItDoes)
{
    impairments asked = delayed(5ms);
    asked.tcp.close_after = 20ms;
    driver quiet(asked);
    quiet.look();
    quiet.run_until(1s);
    EXPECT_EQ(quiet.log, "25000us end");
    asked.tcp.stall_after_bytes = 3;
    driver stalled(asked);
    stalled.offer("abcdef");
    stalled.run_until(1s);
    EXPECT_EQ(stalled.log, "5000us abc, 25000us end") << "the rest is lost";
}

TEST(StreamPath, SlicesVaryWithinTheirBounds)
{
    impairments asked;
    asked.tcp.slice_bytes = 10;
    asked.tcp.slice_variation = 5;
    lane through(1, "wan", direction::up, asked);
    const flow& of = through.open_flow("client");
    std::size_t sum = 0, least = 100, most = 0;
    constexpr std::size_t pieces = 10'000;
    for (std::uint64_t i = 0; i < pieces; ++i) {
        const std::size_t bytes = through.stream_slice(of, 0, i);
        least = std::min(least, bytes);
        most = std::max(most, bytes);
        sum += bytes;
    }
    EXPECT_EQ(least, 5u);
    EXPECT_EQ(most, 15u);
    // 11 equally likely sizes have a variance of 10: six standard errors of their mean
    EXPECT_NEAR(static_cast<double>(sum) / pieces, 10, 6 * std::sqrt(10.0 / pieces));

    driver drive(asked);
    drive.offer("0123456789abcdefghijklmnopqrstuvwxyz");
    drive.run_until(1s);
    EXPECT_EQ(drive.heard, "0123456789abcdefghijklmnopqrstuvwxyz");
}

TEST(StreamPath, ItCanChangeItsLane)
{
    driver drive(delayed(50ms));
    lane fast(1, "wan", direction::up, delayed(1ms));
    drive.offer("slow");
    drive.path.go_through(fast, drive.back);
    drive.offer(" fast");
    drive.run_until(1s);
    EXPECT_EQ(drive.log, "50000us slow fast") << "nothing overtakes what is on its way";
    drive.offer("more");
    drive.run_until(2s);
    EXPECT_EQ(drive.log, "50000us slow fast, 1001000us more");
}
