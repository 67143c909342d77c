// Every fate that a link has for a datagram, carried out by the real relay. The tests ask the link
// itself what should happen to which datagram.
#include <gtest/gtest.h>

#include "sim/link/overtaking.hpp"
#include "sim/relay/udp_relay_for_tests.hpp"

using namespace badwire::relay::testing;
using namespace std::chrono_literals;
using badwire::link::cause;
using badwire::link::direction;
using badwire::relay::relay;
using badwire::relay::relay_options;

namespace {

using RelayFates = RelayTest;

void expect_balance(const relay& through)
{
    const auto count = [&] { return through.count(direction::up); };
    EXPECT_EQ(count().offered + count().duplicated,
              count().delivered + count().dropped + count().undeliverable);
}

} // namespace

TEST_F(RelayFates, CopiesArriveAsOftenAsTheLinkSays)
{
    for (const auto after : {0ms, 2ms}) {
        relay_options options;
        options.link.up.loss = 0.2;
        options.link.up.duplicate = {.probability = 0.4, .least = 1, .most = 3, .after = after};
        relay through(context, options);
        const auto at = open(through, "client");
        peer client(context);
        prediction predicted(options, "client");
        std::vector<std::string> expected;
        for (int i = 0; i < 200; ++i) {
            client.send(numbered(i), at);
            const auto met = predicted.of(numbered(i));
            if (!met.dropped) expected.insert(expected.end(), 1u + met.copies, numbered(i));
        }
        auto arrived = arrivals(through, 200);
        if (after == 0ms) {
            EXPECT_EQ(arrived, expected) << "copies follow their original";
        }
        EXPECT_EQ(sorted(arrived), sorted(expected));
        EXPECT_GT(through.count(direction::up).duplicated, 0u);
        EXPECT_EQ(through.count(direction::up).delivered, expected.size());
        expect_balance(through);
    }
}

TEST_F(RelayFates, ExactlyTheBitsThatTheLinkSaysAreFlipped)
{
    for (const auto delay : {0ms, 2ms}) {
        relay_options options;
        options.link.up.delay = {delay, delay};
        options.link.up.corrupt = {.probability = 0.5, .least = 1, .most = 9};
        relay through(context, options);
        const auto at = open(through, "client");
        peer client(context);
        prediction predicted(options, "client");
        std::vector<std::string> expected;
        for (int i = 0; i < 200; ++i) {
            // All sizes of buffers.
            const auto text = numbered(i) + std::string(static_cast<std::size_t>(i * 20), 'x');
            client.send(text, at);
            expected.push_back(predicted.corrupted(text, predicted.of(text)));
        }
        EXPECT_EQ(arrivals(through, 200), expected);
        EXPECT_GT(through.count(direction::up).corrupted, 50u);
    }
}

TEST_F(RelayFates, AHeldBackDatagramLeavesRightAfterItsLastOvertaker)
{
    relay_options options;
    options.link.up.loss = 0.1;
    options.link.up.reorder = {.probability = 0.2, .least = 1, .most = 3, .within = 1h};
    for (const auto delay : {0ms, 2ms}) {
        options.link.up.delay = {delay, delay};
        relay through(context, options);
        const auto at = open(through, "client");
        peer client(context);
        prediction predicted(options, "client");
        badwire::link::overtaking<std::string> held_back;
        std::vector<std::string> expected;
        for (int i = 0; i < 300; ++i) {
            client.send(numbered(i), at);
            const auto met = predicted.of(numbered(i));
            if (met.dropped) continue;
            if (met.overtakers > 0) {
                held_back.hold(numbered(i), met.overtakers);
                continue;
            }
            expected.push_back(numbered(i));
            held_back.passed([&](const auto& slot) { expected.push_back(slot->value()); });
        }
        std::vector<std::string> arrived;
        ASSERT_TRUE(run_until(context, [&] {
            while (auto text = server.receive()) arrived.push_back(*text);
            return through.count(direction::up).offered == 300 && arrived.size() == expected.size();
        }));
        EXPECT_EQ(arrived, expected);
        EXPECT_GT(through.count(direction::up).reordered, 0u);
        // Closing forgets datagrams that still wait.
        through.close();
        context.restart();
        context.run();
    }
}

TEST_F(RelayFates, AHeldBackDatagramThatNobodyOvertakesLeavesInTime)
{
    relay_options options;
    options.link.up.reorder = {.probability = 1, .least = 1, .most = 1, .within = 20ms};
    relay through(context, options);
    const auto at = open(through, "client");
    peer client(context);
    const auto sent = std::chrono::steady_clock::now();
    client.send("alone", at);
    EXPECT_EQ(arrivals(through, 1), std::vector<std::string>{"alone"});
    EXPECT_GE(std::chrono::steady_clock::now() - sent, 20ms);
    EXPECT_EQ(through.count(direction::up).reordered, 0u);
    expect_balance(through);
}

TEST_F(RelayFates, NoRuleLosesOrInventsADatagram)
{
    relay_options options;
    auto& up = options.link.up;
    up.loss = 0.1;
    up.delay = {0ms, 5ms};
    up.duplicate = {.probability = 0.3, .least = 1, .most = 2, .after = 1ms};
    up.reorder = {.probability = 0.3, .least = 1, .most = 5, .within = 10ms};
    up.corrupt.probability = 0.3;
    relay through(context, options);
    const auto at = open(through);
    peer client(context);
    for (int i = 0; i < 500; ++i) client.send(numbered(i), at);
    arrivals(through, 500);
    expect_balance(through);
}

TEST_F(RelayFates, WhatIsLargerThanTheMtuIsDropped)
{
    relay_options options;
    options.link.up.mtu = 100;
    relay through(context, options);
    const auto at = open(through);
    peer client(context);
    const std::string fits(100, 'x'), too_large(101, 'y');
    for (const auto& text : {fits, too_large, fits}) client.send(text, at);
    EXPECT_EQ(arrivals(through, 3), (std::vector<std::string>{fits, fits}));
    EXPECT_EQ(through.count(direction::up).dropped_by[static_cast<std::size_t>(cause::mtu)], 1u);
}

TEST_F(RelayFates, AnExactRuleMeetsExactlyItsDatagram)
{
    relay_options options;
    badwire::link::exact_rule third;
    third.nth = {3};
    third.drop = true;
    options.link.up.exact = {third};
    relay through(context, options);
    const auto at = open(through);
    peer client(context);
    for (int i = 0; i < 5; ++i) client.send(numbered(i), at);
    EXPECT_EQ(arrivals(through, 5),
              (std::vector<std::string>{numbered(0), numbered(1), numbered(3), numbered(4)}));
}

TEST_F(RelayFates, ABottleneckKeepsTheOrder)
{
    relay_options options;
    options.link.up.rate.bits_per_second = 1e6;
    options.link.up.rate.queue_packets = 1000;
    relay through(context, options);
    const auto at = open(through);
    peer client(context);
    std::vector<std::string> sent;
    const auto started = std::chrono::steady_clock::now();
    for (int i = 0; i < 50; ++i) client.send(sent.emplace_back(numbered(i)), at);
    EXPECT_EQ(arrivals(through, 50), sent);
    // 50 datagrams of 10 and 11 bytes.
    EXPECT_GE(std::chrono::steady_clock::now() - started, 540 * 8us);
}

TEST_F(RelayFates, AskedDifferentlyWhatComesThenMeetsTheNewFate)
{
    relay through(context, {});
    const auto at = open(through);
    peer client(context);
    client.send("before", at);
    EXPECT_EQ(arrivals(through, 1).size(), 1u);
    badwire::link::impairments asked;
    asked.loss = 1;
    through.change(direction::up, asked);
    EXPECT_EQ(through.asked(direction::up), asked);
    EXPECT_EQ(through.asked(direction::down), badwire::link::impairments{});
    client.send("cut off", at);
    ASSERT_TRUE(run_until(context, [&] { return through.count(direction::up).dropped == 1; }));
    asked = {};
    asked.delay = {1ms, 1ms};
    through.change(direction::up, asked);
    client.send("late", at);
    ASSERT_TRUE(run_until(context, [&] { return through.count(direction::up).delivered == 2; }));
    EXPECT_EQ(through.how_late().samples, 1u);
}

TEST_F(RelayFates, AScheduleHoldsFromItsTimeOn)
{
    relay_options options;
    badwire::link::change cut{.at = 30ms, .now = {}};
    cut.now.cut = true;
    options.link.up_changes = {cut};
    relay through(context, options);
    const auto at = open(through);
    peer client(context);
    std::uint64_t sent = 0;
    ASSERT_TRUE(run_until(context, [&] {
        client.send("hello", at);
        ++sent;
        return through.now() > 30ms && through.count(direction::up).dropped > 0;
    }));
    EXPECT_TRUE(through.asked(direction::up).cut);
    EXPECT_LE(through.count(direction::up).delivered, sent);
}

TEST_F(RelayFates, TheStatisticsOfDelaysHoldWhatWasAskedAndWhatCameOfIt)
{
    relay_options options;
    options.link.up.delay = {2ms, 4ms};
    relay through(context, options);
    const auto at = open(through, "client");
    peer client(context);
    prediction predicted(options, "client");
    double asked_ns = 0;
    for (int i = 0; i < 100; ++i) {
        client.send(numbered(i), at);
        asked_ns += static_cast<double>(predicted.of(numbered(i)).delay.count());
    }
    arrivals(through, 100);
    const auto delays = through.delays(direction::up);
    EXPECT_EQ(delays.samples(), 100u);
    EXPECT_DOUBLE_EQ(delays.decided_mean_ns(), asked_ns / 100);
    EXPECT_GE(delays.mean_ns(), delays.decided_mean_ns());
    EXPECT_EQ(through.delays(direction::down).samples(), 0u);
}

TEST_F(RelayFates, APreciseRelayDoesTheSame)
{
    relay_options options;
    options.precise = true;
    options.link.up.delay = {3ms, 3ms};
    relay through(context, options);
    const auto at = open(through);
    peer client(context);
    std::vector<std::string> sent;
    const auto started = std::chrono::steady_clock::now();
    for (int i = 0; i < 100; ++i) client.send(sent.emplace_back(numbered(i)), at);
    EXPECT_EQ(arrivals(through, 100), sent);
    EXPECT_GE(std::chrono::steady_clock::now() - started, 3ms);
}
