// Two channels on a network that loses, delays, reorders, duplicates and damages, in virtual time.
#include "impl/wire/datagram_channel.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "impl/base/bytes.hpp"
#include "impl/base/utf8.hpp"
#include "impl/wire/lossy_network_for_tests.hpp"

namespace badwire::wire {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

using badness = wire::badness<frame>;

struct end_point {
    explicit end_point(channel_options options) : channel(options) {}
    datagram_channel channel;
    std::vector<std::string> heard;
    bool left = false;
    std::string problem;
};

struct world : lossy_network {
    explicit world(std::uint64_t seed = 1, channel_options a = {.session = 1},
                   channel_options b = {.session = 2})
        : lossy_network(seed), ends{end_point(a), end_point(b)}
    {
    }

    void send_all(int from)
    {
        while (auto datagram = ends[from].channel.next_datagram()) {
            const auto parsed = decode_frame('C', *datagram);
            if (bad.drop && parsed && bad.drop(*parsed)) continue;
            send(1 - from, *datagram, bad);
        }
    }

    void collect(end_point& end)
    {
        for (channel_event& event : end.channel.take_events()) {
            if (event.what == channel_event::heard) end.heard.push_back(std::move(event.text));
            if (event.what == channel_event::left) end.left = true;
            if (event.what == channel_event::lost) end.problem = event.text;
        }
    }

    // Until no datagram is on its way and neither side waits for a deadline.
    void run()
    {
        for (;;) {
            for (int from : {0, 1}) send_all(from);
            for (end_point& end : ends) collect(end);
            const net::time_point arrival = due();
            const net::time_point next =
                std::min({arrival, ends[0].channel.deadline(), ends[1].channel.deadline()});
            if (next == net::never) return;
            now = next;
            if (now == arrival) {
                const auto [to, bytes] = take();
                ends[to].channel.on_datagram(bytes, now);
            }
            for (end_point& end : ends) end.channel.on_time(now);
        }
    }

    badness bad;
    end_point ends[2];
};

TEST(DatagramChannel, OnAGoodNetworkEverythingIsSentOnce)
{
    world world;
    auto& [alice, bob] = world.ends;
    for (const char* text : {"one", "", "three"}) alice.channel.send(text, world.now);
    bob.channel.send("hello", world.now);
    world.run();
    EXPECT_THAT(bob.heard, ElementsAre("one", "", "three"));
    EXPECT_THAT(alice.heard, ElementsAre("hello"));
    alice.channel.close(world.now);
    const net::time_point closed = world.now;
    world.run();
    EXPECT_TRUE(bob.left);
    EXPECT_TRUE(alice.channel.finished() && bob.channel.finished());
    EXPECT_LT(world.now - closed, 10ms) << "the bye ends the lingering";
    EXPECT_EQ(alice.channel.counters().retransmissions, 0);
}

TEST(DatagramChannel, OnABadNetworkEveryMessageArrivesOnceAndInOrder)
{
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        world world(seed, {.session = 1, .give_up = 10min}, {.session = 2, .give_up = 10min});
        world.bad = {.loss_percent = 30,
                     .duplicate_percent = 20,
                     .corrupt_percent = 10,
                     .delay_max = 1ms + 1ms * static_cast<int>(world.random.below(800))};
        std::vector<std::string> said[2];
        for (int number = 0; number < 20; ++number)
            for (int who : {0, 1}) {
                said[who].push_back(fmt::format("{} of {}", number, who));
                world.ends[who].channel.send(said[who].back(), world.now);
            }
        world.run();
        EXPECT_EQ(world.ends[1].heard, said[0]);
        EXPECT_EQ(world.ends[0].heard, said[1]);
        EXPECT_THAT(world.ends[0].problem + world.ends[1].problem, IsEmpty());
    }
}

TEST(DatagramChannel, TheEndOfAChatSurvivesLoss)
{
    int told = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        world world(seed);
        world.bad = {.loss_percent = 30, .duplicate_percent = 20, .delay_max = 50ms};
        world.ends[0].channel.send("hello", world.now);
        world.run();
        world.ends[0].channel.close(world.now);
        const net::time_point closed = world.now;
        world.run();
        told += world.ends[1].left;
        EXPECT_TRUE(world.ends[0].channel.finished()) << "seed " << seed;
        EXPECT_LE(world.now - closed, 10s) << "seed " << seed;
    }
    EXPECT_EQ(told, 300);
}

TEST(DatagramChannel, WhoEndsStillDeliversItsLastMessages)
{
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        world world(seed);
        world.bad = {.loss_percent = 30, .delay_max = 20ms};
        for (const auto* text : {"hello", "one more thing", "bye"})
            world.ends[0].channel.send(text, world.now);
        world.ends[0].channel.close(world.now);
        world.run();
        EXPECT_THAT(world.ends[1].heard, ElementsAre("hello", "one more thing", "bye")) << seed;
        EXPECT_TRUE(world.ends[1].left) << seed;
    }
}

TEST(DatagramChannel, WhoEndsHearsThatItsLastMessageWasLost)
{
    world world;
    world.bad.loss_percent = 100;
    world.ends[0].channel.send("hello", world.now);
    world.ends[0].channel.close(world.now);
    world.run();
    EXPECT_THAT(world.ends[0].problem, testing::HasSubstr("not acknowledged for 5s"));
    EXPECT_EQ(world.now - net::time_point{}, 5s);
}

TEST(DatagramChannel, BothMayEndAtOnce)
{
    world world;
    world.ends[0].channel.send("hello", world.now);
    world.run();
    for (end_point& end : world.ends) end.channel.close(world.now);
    const net::time_point closed = world.now;
    world.run();
    EXPECT_TRUE(world.ends[0].channel.finished() && world.ends[1].channel.finished());
    EXPECT_TRUE(world.ends[0].left && world.ends[1].left);
    EXPECT_LT(world.now - closed, 10ms) << "neither lingers";
}

TEST(DatagramChannel, KarnsRuleAndBackOff)
{
    world world;
    int lost = 0;
    world.bad.drop = [&](const frame& frame) { return frame.kind == 0 && lost++ < 2; };
    world.ends[0].channel.send("hello", world.now);
    world.run();
    EXPECT_THAT(world.ends[1].heard, ElementsAre("hello"));
    EXPECT_EQ(world.ends[0].channel.counters().retransmissions, 2);
    EXPECT_FALSE(world.ends[0].channel.rto().srtt()) << "which of the three was that for?";
    EXPECT_EQ(world.ends[0].channel.rto().rto(), 2s);
}

TEST(DatagramChannel, GivesUpWhenNobodyAcknowledges)
{
    world world;
    world.bad.loss_percent = 100;
    world.ends[0].channel.send("hello", world.now);
    world.run();
    EXPECT_THAT(world.ends[0].problem, testing::HasSubstr("not acknowledged for 30s"));
    EXPECT_EQ(world.now - net::time_point{}, 30s);
}

TEST(DatagramChannel, WhoSaidAndHeardNothingLeavesAtOnce)
{
    world world;
    world.ends[0].channel.close(world.now);
    EXPECT_TRUE(world.ends[0].channel.finished());
    EXPECT_EQ(world.ends[0].channel.next_datagram(), std::nullopt);
}

TEST(DatagramChannel, AClassicPeerIsRecognisedAndAnsweredInKind)
{
    world world(1, {.session = 1}, {.session = 2, .framed = false});
    auto& [framed, classic] = world.ends;
    classic.channel.send("Grüße \xff", world.now);
    world.run();
    EXPECT_THAT(framed.heard, ElementsAre("Grüße \xff"));
    framed.channel.send("hello", world.now);
    world.run();
    EXPECT_THAT(classic.heard, ElementsAre("hello"));
    EXPECT_TRUE(framed.channel.classic());
}

TEST(DatagramChannel, WhatWasSentFramedToAClassicPeerIsSentAgainAsText)
{
    world world(1, {.session = 1}, {.session = 2, .framed = false});
    auto& [framed, classic] = world.ends;
    framed.channel.send("hello", world.now);
    classic.channel.send("what is that?", world.now);
    world.run();
    EXPECT_THAT(classic.heard, ElementsAre("hello"));
}

TEST(DatagramChannel, ADamagedFrameIsNeverTakenForText)
{
    const auto whole = encode_frame('C', {0, 7, 0, as_bytes("hello")});
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
        datagram_channel channel({.session = 1});
        auto damaged = whole;
        damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
        channel.on_datagram(damaged, {});
        EXPECT_THAT(channel.take_events(), IsEmpty()) << "bit " << bit;
        EXPECT_EQ(channel.counters().corrupt, 1);
    }
}

TEST(DatagramChannel, RefusesMessagesOfMoreThan1000Characters)
{
    for (const auto& [text, taken] :
         {std::pair(std::string(1000, 'x'), true), {std::string(1001, 'x'), false}}) {
        datagram_channel channel({.session = 1});
        channel.on_datagram(as_bytes(text), {});
        const auto events = channel.take_events();
        ASSERT_EQ(events.size(), 1u);
        EXPECT_EQ(events[0].what == channel_event::heard, taken);
    }
    EXPECT_EQ(count_characters("Grüße"), 5u);
}

TEST(DatagramChannel, AnotherSessionIsNotListenedTo)
{
    datagram_channel channel({.session = 1});
    channel.on_datagram(encode_frame('C', {0, 7, 0, as_bytes("hello")}), {});
    channel.on_datagram(encode_frame('C', {0, 8, 0, as_bytes("old news")}), {});
    channel.on_datagram(encode_frame('C', {1, 8, 1}), {});
    EXPECT_EQ(channel.take_events().size(), 1u);
    EXPECT_EQ(channel.counters().foreign, 2);
}

} // namespace
} // namespace badwire::wire
