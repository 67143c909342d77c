// What the relay does at its limits and when the other side is not there.
#include <gtest/gtest.h>

#include "sim/relay/relay_test_peers.hpp"

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
