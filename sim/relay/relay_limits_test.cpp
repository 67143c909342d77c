// What the relay does at its limits and when the other side is not there.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "sim/relay/relay_peers_for_tests.hpp"

using namespace badwire::relay::testing;
using namespace std::chrono_literals;
using badwire::link::direction;
using badwire::relay::relay;
using badwire::relay::relay_options;

TEST(RelayLimits, AClientBeyondTheLimitIsRefusedAndCounted)
{
    boost::asio::io_context context;
    peer server(context), first(context), second(context), third(context);
    relay_options options;
    options.clients_max = 2;
    relay through(context, options);
    const auto at = through.open({loopback, 0}, server.address(), "");
    for (peer* client : {&first, &second, &third, &first}) client->send("hello", at);
    ASSERT_TRUE(run_until(context, [&] {
        return through.count(direction::up).delivered == 3 && through.refused() == 1;
    }));
    EXPECT_EQ(through.count(direction::up).offered, 3u);
}

TEST(RelayLimits, AnIdleClientIsForgottenAndMakesRoom)
{
    boost::asio::io_context context;
    peer server(context), first(context), second(context);
    relay_options options;
    options.clients_max = 1;
    options.idle_after = 20ms;
    relay through(context, options);
    const auto at = through.open({loopback, 0}, server.address(), "");
    first.send("hello", at);
    ASSERT_TRUE(run_until(context, [&] { return through.count(direction::up).delivered == 1; }));
    ASSERT_TRUE(run_until(context, [&] {
        second.send("hello", at);
        return through.count(direction::up).delivered > 1;
    }));
}

TEST(RelayLimits, WhatDoesNotFitIntoTheBuffersIsUndeliverable)
{
    boost::asio::io_context context;
    peer server(context), client(context);
    relay_options options;
    options.link.up.delay = {10ms, 10ms};
    options.in_flight_bytes_max = 2048;
    relay through(context, options);
    const auto at = through.open({loopback, 0}, server.address(), "");
    client.send(std::string(4000, 'x'), at);
    client.send("small", at);
    ASSERT_TRUE(run_until(context, [&] { return through.count(direction::up).delivered == 1; }));
    EXPECT_EQ(through.count(direction::up).undeliverable, 1u);
    EXPECT_EQ(server.receive(), "small");
}

TEST(RelayLimits, ARelayThatWasShutCanListenAgainAndKeepsItsCounters)
{
    boost::asio::io_context context;
    peer server(context), client(context);
    relay_options options;
    options.link.up.delay = {50ms, 50ms};
    relay through(context, options);
    const auto count = [&] { return through.count(direction::up); };
    const auto at = through.open({loopback, 0}, server.address(), "");
    for (int i = 0; i < 3; ++i) client.send("on its way", at);
    ASSERT_TRUE(run_until(context, [&] { return count().offered == 3; }));
    through.shut();
    EXPECT_TRUE(through.ports().empty());
    client.send("to nobody", at);
    ASSERT_TRUE(run_until(context, [&] { return count().undeliverable == 3; }));

    EXPECT_EQ(through.open(at, server.address(), ""), at);
    client.send("after", at);
    ASSERT_TRUE(run_until(context, [&] { return count().delivered == 1; }));
    EXPECT_EQ(server.receive(), "after");
    EXPECT_EQ(count().offered, 4u);
    EXPECT_EQ(in_flight(count()), 0u);
}

TEST(RelayLimits, AHundredThousandDatagramsOnTheirWayFitIntoTheStatedMemory)
{
    constexpr std::size_t datagrams = 100'000;
    boost::asio::io_context context;
    peer server(context), client(context);
    relay_options options;
    options.link.up.delay = {1h, 1h};
    // A datagram of up to 256 bytes takes 512 at most.
    options.in_flight_bytes_max = datagrams * 512;
    relay through(context, options);
    const auto at = through.open({loopback, 0}, server.address(), "");
    const auto count = [&] { return through.count(direction::up); };
    const std::string text(64, 'x');
    const auto send_until = [&](std::size_t wanted) {
        for (std::size_t sent = count().offered; sent < wanted;) {
            for (int i = 0; i < 500 && sent < wanted; ++i, ++sent) client.send(text, at);
            if (!run_until(context, [&] { return count().offered == sent; })) return false;
        }
        return true;
    };
    ASSERT_TRUE(send_until(datagrams));
    EXPECT_EQ(count().undeliverable, 0u);
    ASSERT_TRUE(send_until(2 * datagrams));
    EXPECT_GT(count().undeliverable, 0u) << "there is a limit";
    through.close();
}

TEST(RelayLimits, TenThousandFlowsAreServedAndForgottenWhenIdle)
{
    constexpr std::size_t flows = 10'000;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max < flows + 1000)
        GTEST_SKIP() << "not so many descriptors here";
    boost::asio::io_context context;
    peer server(context);
    relay_options options;
    options.clients_max = flows;
    options.idle_after = 5s;
    relay through(context, options);
    const auto at = through.open({loopback, 0}, server.address(), "");
    const auto count = [&] { return through.count(direction::up); };
    const auto send_from = [&](std::uint32_t address) {
        // Its socket is closed at once: only what the relay remembers of it counts.
        peer client(context, {boost::asio::ip::address_v4(0x7f010000 + address), 5000});
        client.send("hello", at);
    };
    std::size_t arrived = 0;
    for (std::uint32_t i = 1; i <= flows; ++i) {
        send_from(i);
        if (i % 100 != 0) continue;
        ASSERT_TRUE(run_until(context, [&] {
            while (server.receive()) ++arrived;
            return arrived == i;
        })) << arrived;
    }
    EXPECT_EQ(count().delivered, flows);
    EXPECT_EQ(through.refused(), 0u);
    // Room for as many again, after a while.
    ASSERT_TRUE(run_until(context, [&] {
        send_from(flows + 1);
        return count().delivered > flows;
    }));
}

TEST(RelayLimits, AnUpstreamThatIsNotThereYetIsNoError)
{
    boost::asio::io_context context;
    auto server = std::make_unique<peer>(context);
    const auto upstream = server->address();
    server.reset();
    peer client(context);
    relay through(context, {});
    const auto at = through.open({loopback, 0}, upstream, "");
    for (std::uint64_t i = 1; i <= 5; ++i) {
        client.send("too early", at);
        ASSERT_TRUE(run_until(context, [&] { return through.count(direction::up).offered == i; }));
    }
    server = std::make_unique<peer>(context, upstream);
    client.send("hello", at);
    std::optional<std::string> arrived;
    ASSERT_TRUE(run_until(context, [&] { return (arrived = server->receive()).has_value(); }));
    EXPECT_EQ(arrived, "hello");
}

TEST(RelayLimits, APortThatIsTakenIsAnErrorAtOnce)
{
    boost::asio::io_context context;
    peer server(context);
    relay through(context, {});
    const auto at = through.open({loopback, 0}, server.address(), "");
    EXPECT_THROW(through.open(at, server.address(), ""), boost::system::system_error);
}

TEST(RelayLimits, AClosedRelayLeavesNothingToWaitForAndKeepsItsCounters)
{
    boost::asio::io_context context;
    peer server(context), client(context);
    relay_options options;
    options.link.up.delay = {1h, 1h};
    relay through(context, options);
    const auto at = through.open({loopback, 0}, server.address(), "");
    client.send("hello", at);
    ASSERT_TRUE(run_until(context, [&] { return through.count(direction::up).offered == 1; }));
    through.close();
    context.restart();
    context.run();
    EXPECT_EQ(through.count(direction::up).offered, 1u);
    EXPECT_EQ(through.count(direction::up).delivered, 0u);
}

TEST(RelayLimits, ARelayMayGoAtAnyTime)
{
    boost::asio::io_context context;
    peer server(context), client(context);
    {
        relay_options options;
        options.link.up.delay = {1h, 1h};
        relay through(context, options);
        const auto at = through.open({loopback, 0}, server.address(), "client");
        through.open({loopback, 0}, server.address(), "client");
        client.send("hello", at);
        ASSERT_TRUE(run_until(context, [&] { return through.count(direction::up).offered == 1; }));
    }
    context.restart();
    context.run();
}
