#include "sim/hosts/segments.hpp"

#include <gtest/gtest.h>

#include "sim/hosts/frame_changes.hpp"
#include "sim/hosts/frames_for_tests.hpp"

using namespace badwire;
using namespace badwire::hosts;
using namespace badwire::hosts::for_tests;

namespace {

constexpr std::uint8_t fin = 1, syn = 2, rst = 4, push = 8, ack = 16, ece = 64, cwr = 128;

ends reversed(const ends& of) { return {of.to, of.from, of.to_port, of.from_port}; }

// A connection whose sides began at these numbers; told to a tracker segment by segment.
struct talk {
    segment_tracker& by;
    std::uint32_t client_isn, server_isn;
    ends between = v4_ends();
    bytes_of last{}; // the canonical bytes of the last one

    std::string up(std::uint32_t relative, std::uint8_t flags, std::string_view data = {},
                   const bytes_of& options = {})
    {
        return tell(between, client_isn + relative, flags, data, options);
    }
    std::string down(std::uint32_t relative, std::uint8_t flags, std::string_view data = {})
    {
        return tell(reversed(between), server_isn + relative, flags, data, {});
    }

    std::string tell(const ends& of, std::uint32_t sequence, std::uint8_t flags,
                     std::string_view data, const bytes_of& options)
    {
        const bytes_of frame_bytes = tcp(
            of, {.sequence = sequence, .acknowledged = ++acknowledged, .window = 9, .flags = flags},
            data, options);
        const auto told = by.next(frame_bytes, parse_frame(frame_bytes));
        last.assign(told.canonical.begin(), told.canonical.end());
        return words_of(told.segment);
    }

    std::uint32_t acknowledged = 1;
};

} // namespace

TEST(Segments, AConnectionIsToldFromItsBeginningToItsEnd)
{
    for (const ends& of : {v4_ends(), v6_ends(), reversed(v4_ends())}) {
        segment_tracker tracker;
        talk on{tracker, 0xfffffffe, 77, of}; // the client's numbers wrap around
        EXPECT_EQ(on.up(0, syn), "syn");
        EXPECT_EQ(on.down(0, syn | ack), "syn-ack");
        EXPECT_EQ(on.up(1, ack), "ack");
        EXPECT_EQ(on.up(1, ack | push, "hello"), "data 1:6");
        EXPECT_EQ(on.down(1, ack, "world!"), "data 1:7");
        EXPECT_EQ(on.up(6, ack | fin), "fin");
        EXPECT_EQ(on.down(7, ack | fin, "bye"), "data 7:10 fin");
        EXPECT_EQ(on.up(7, rst), "rst");
        EXPECT_EQ(tracker.connections(), 1u);
    }
}

TEST(Segments, TheSameTrafficHasTheSameBytesWhateverPortsNumbersAndOptionsAre)
{
    const auto all = [](std::uint32_t client_isn, std::uint32_t server_isn, std::uint16_t port,
                        const bytes_of& options, std::uint8_t extra) {
        segment_tracker tracker;
        ends of = v4_ends();
        of.from_port = port;
        talk on{tracker, client_isn, server_isn, of};
        bytes_of made;
        on.up(0, static_cast<std::uint8_t>(syn | extra), {}, options), made = made + on.last;
        on.down(0, syn | ack), made = made + on.last;
        on.up(1, static_cast<std::uint8_t>(ack | (extra ? push : 0)), "GET /", options);
        made = made + on.last;
        on.down(1, ack), made = made + on.last;
        on.up(6, ack | fin), made = made + on.last;
        return made;
    };
    const bytes_of timestamps = from_hex("0101 080a 12345678 9abcdef0");
    const bytes_of once = all(1, 2, 40000, {}, 0);
    EXPECT_EQ(once, all(0xdeadbeef, 0xffffffff, 50123, timestamps, ece | cwr));
    EXPECT_EQ(once.size(), 5 * link::segment_header_bytes + 5);
}

TEST(Segments, WhatIsSentAgainIsTheSame)
{
    segment_tracker tracker;
    talk on{tracker, 1000, 5};
    on.up(0, syn);
    const bytes_of first_syn = on.last;
    EXPECT_EQ(on.up(0, syn), "syn");
    EXPECT_EQ(on.last, first_syn);
    on.down(0, syn | ack);
    on.up(1, ack, std::string(1460, 'a'));
    const bytes_of first = on.last;
    on.up(1461, ack, std::string(1460, 'b'));
    EXPECT_EQ(on.up(1, ack | push, std::string(1460, 'a')), "data 1:1461");
    EXPECT_EQ(on.last, first);
    EXPECT_EQ(on.up(0, syn), "syn"); // late, and no new connection
    EXPECT_EQ(on.up(2921, ack, "c"), "data 2921:2922");
}

TEST(Segments, APureAcknowledgmentIsTheSameWhateverItAcknowledges)
{
    segment_tracker tracker;
    talk on{tracker, 1000, 5};
    on.up(0, syn);
    on.up(1, ack);
    const bytes_of first = on.last;
    on.up(1, ack); // another acknowledgment number, by talk
    EXPECT_EQ(on.last, first);
}

TEST(Segments, APortThatIsUsedAgainBeginsANewConnection)
{
    segment_tracker tracker;
    talk before{tracker, 1000, 5};
    before.up(0, syn);
    before.down(0, syn | ack);
    before.up(1, ack, "hello");
    talk after{tracker, 900'000, 12};
    EXPECT_EQ(after.up(0, syn), "syn");
    EXPECT_EQ(after.down(0, syn | ack), "syn-ack");
    EXPECT_EQ(after.up(1, ack, "hello"), "data 1:6");
    EXPECT_EQ(after.down(1, ack, "world"), "data 1:6");
    EXPECT_EQ(tracker.connections(), 1u);
}

TEST(Segments, WithoutASynTheFirstSegmentBeginsAtOne)
{
    segment_tracker tracker;
    talk on{tracker, 0xffffff00, 0};
    EXPECT_EQ(on.up(400, ack, "hello"), "data 1:6");
    EXPECT_EQ(on.up(405, ack, "world"), "data 6:11");
    // A refusal: the number 0 of one that was never open.
    EXPECT_EQ(on.down(0, rst | ack), "rst");
}

TEST(Segments, NumbersGoOnBeyondFourGibibytes)
{
    segment_tracker tracker;
    talk on{tracker, 7, 7};
    on.up(0, syn);
    for (const std::uint32_t at : {0x40000000u, 0x80000000u, 0xc0000000u, 0xffffffffu, 0u})
        on.up(at, ack, "x");
    EXPECT_EQ(on.up(5, ack, "xyz"), "data 4294967301:4294967304");
    EXPECT_EQ(on.up(0xfffffff0, ack, "xyz"), "data 4294967280:4294967283"); // again
}

TEST(Segments, MemoryIsBounded)
{
    segment_tracker tracker(2);
    ends of = v4_ends();
    for (of.from_port = 1; of.from_port <= 3; ++of.from_port) {
        talk on{tracker, 100, 7, of};
        on.up(0, syn);
        on.up(1, ack, "hello");
    }
    EXPECT_EQ(tracker.connections(), 2u);
    of.from_port = 3;
    EXPECT_EQ((talk{tracker, 100, 7, of}.up(6, ack, "more")), "data 6:10");
    of.from_port = 1; // forgotten
    EXPECT_EQ((talk{tracker, 100, 7, of}.up(6, ack, "more")), "data 1:5");
}
