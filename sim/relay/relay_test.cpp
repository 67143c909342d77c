// Datagrams through the relay on loopback. Time limits only end a broken run; no verdict depends on
// how fast the machine is.
#include "sim/relay/relay.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/relay/udp_relay_for_tests.hpp"

using namespace badwire::relay::testing;
using namespace std::chrono_literals;
using badwire::link::direction;
using badwire::link::impairments;
using badwire::relay::endpoint;
using badwire::relay::relay;
using badwire::relay::relay_options;

TEST_F(RelayTest, EveryClientGetsItsOwnRepliesBack)
{
    relay through(context, {});
    const auto at = open(through);
    std::vector<std::unique_ptr<peer>> clients;
    for (int i = 0; i < 200; ++i) clients.push_back(std::make_unique<peer>(context));
    for (int round = 0; round < 3; ++round) {
        for (std::size_t i = 0; i < clients.size(); ++i)
            clients[i]->send(numbered(static_cast<int>(i)), at);
        std::size_t answered = 0;
        std::vector<std::optional<std::string>> replies(clients.size());
        ASSERT_TRUE(run_until(context, [&] {
            while (auto text = server.receive()) server.send("re: " + *text, server.from());
            for (std::size_t i = 0; i < clients.size(); ++i)
                if (!replies[i] && (replies[i] = clients[i]->receive())) ++answered;
            return answered == clients.size();
        }));
        for (std::size_t i = 0; i < clients.size(); ++i) {
            EXPECT_EQ(replies[i], "re: " + numbered(static_cast<int>(i)));
            EXPECT_EQ(clients[i]->from(), at) << "replies come from the relay";
        }
    }
    EXPECT_EQ(through.count(direction::up).delivered, 600u);
    EXPECT_EQ(through.count(direction::down).delivered, 600u);
}

TEST_F(RelayTest, WhatIsDroppedIsExactlyWhatTheLinkSays)
{
    relay_options options{
        .name = "wan", .seed = 7, .link = {.up = {.loss = 0.3, .delay = {}}, .down = {}}};
    relay through(context, options);
    const auto at = open(through, "client");
    peer client(context);
    for (int i = 0; i < 300; ++i) client.send(numbered(i), at);
    const auto expected = let_through(options, "client", 300);
    EXPECT_EQ(arrivals(through, 300), expected);
    EXPECT_EQ(through.count(direction::up).dropped, 300 - expected.size());
    EXPECT_EQ(through.count(direction::up).delivered, expected.size());
}

TEST_F(RelayTest, AFlowNamedByItsProcessKeepsItsFateAcrossSockets)
{
    relay_options options{.seed = 11, .link = {.up = {.loss = 0.5, .delay = {}}, .down = {}}};
    relay through(context, options);
    const auto at = open(through, "client");
    std::vector<std::string> arrived;
    const auto expected = let_through(options, "client", 100);
    for (std::uint64_t i = 0; i < 100; ++i) {
        peer client(context); // a new socket each time
        client.send(numbered(static_cast<int>(i)), at);
        ASSERT_TRUE(run_until(context, [&] {
            while (auto text = server.receive()) arrived.push_back(*text);
            const auto count = [&] { return through.count(direction::up); };
            return count().offered == i + 1 && arrived.size() + count().dropped == i + 1;
        }));
    }
    EXPECT_EQ(arrived, expected);
}

TEST_F(RelayTest, UnnamedFlowsAreNumberedInOrderOfAppearance)
{
    std::vector<std::string> flows;
    relay_options options;
    options.trace = [&](std::string_view line) {
        flows.push_back(nlohmann::json::parse(line).at("flow"));
    };
    relay through(context, options);
    const auto at = open(through);
    peer first(context), second(context);
    for (peer* client : {&first, &second, &first}) client->send("hello", at);
    EXPECT_EQ(arrivals(through, 3).size(), 3u);
    EXPECT_EQ(flows, (std::vector<std::string>{"1", "2", "1"}));
}

TEST_F(RelayTest, NothingArrivesEarlierThanItsDelay)
{
    relay through(context, {.link = {.up = {.loss = 0, .delay = {20ms, 30ms}}, .down = {}}});
    const auto at = open(through);
    peer client(context);
    const auto sent = std::chrono::steady_clock::now();
    for (int i = 0; i < 10; ++i) client.send(numbered(i), at);
    bool any = false;
    ASSERT_TRUE(run_until(context, [&] { return any = server.receive().has_value(); }));
    EXPECT_GE(std::chrono::steady_clock::now() - sent, 20ms);
    ASSERT_TRUE(run_until(context, [&] { return through.count(direction::up).delivered == 10; }));
    const auto late = through.how_late();
    EXPECT_EQ(late.samples, 10u);
    EXPECT_LE(late.p50, late.p99);
    EXPECT_LE(late.p99, late.max);
}

TEST_F(RelayTest, AConstantDelayKeepsTheOrder)
{
    relay through(context, {.link = {.up = {.loss = 0, .delay = {5ms, 5ms}}, .down = {}}});
    const auto at = open(through);
    peer client(context);
    std::vector<std::string> sent;
    for (int i = 0; i < 500; ++i) client.send(sent.emplace_back(numbered(i)), at);
    EXPECT_EQ(arrivals(through, 500), sent);
    EXPECT_EQ(through.count(direction::up).reordered, 0u);
}

TEST_F(RelayTest, OvertakingIsCountedAsTheReceiverSeesIt)
{
    relay through(context, {.link = {.up = {.loss = 0.1, .delay = {0ms, 20ms}}, .down = {}}});
    const auto at = open(through, "client");
    peer client(context);
    for (int i = 0; i < 300; ++i) client.send(std::to_string(i), at);
    int newest = -1;
    std::uint64_t overtaken = 0;
    for (const auto& text : arrivals(through, 300)) {
        const int number = std::stoi(text);
        if (number < newest) ++overtaken;
        newest = std::max(newest, number);
    }
    EXPECT_EQ(through.count(direction::up).reordered, overtaken);
}

TEST_F(RelayTest, TheLargestAndTheEmptyDatagramPassBothWays)
{
    for (const auto delay : {0ms, 1ms}) {
        const impairments asked{.loss = 0, .delay = {delay, delay}};
        relay through(context, {.link = {asked, asked}});
        const auto at = open(through);
        peer client(context);
        for (const auto& text : {std::string(65507, 'x'), std::string()}) {
            client.send(text, at);
            std::optional<std::string> there, back;
            ASSERT_TRUE(run_until(context, [&] {
                if (!there && (there = server.receive())) server.send(*there, server.from());
                return (back = client.receive()).has_value();
            }));
            EXPECT_EQ(there, text);
            EXPECT_EQ(back, text);
        }
    }
}

TEST_F(RelayTest, BothDirectionsHaveImpairmentsOfTheirOwn)
{
    relay through(context, {.link = {.up = {}, .down = {.loss = 1, .delay = {}}}});
    const auto at = open(through);
    peer client(context);
    client.send("ping", at);
    ASSERT_TRUE(run_until(context, [&] {
        while (auto text = server.receive()) server.send("pong", server.from());
        return through.count(direction::down).dropped == 1;
    }));
    EXPECT_EQ(client.receive(), std::nullopt);
    EXPECT_EQ(through.count(direction::down).delivered, 0u);
}

TEST_F(RelayTest, AnyVersionOfTheInternetProtocolOnEitherSide)
{
    const auto v6 = boost::asio::ip::make_address("::1");
    std::unique_ptr<peer> client;
    try {
        client = std::make_unique<peer>(context, endpoint(v6, 0));
    } catch (const boost::system::system_error&) {
        GTEST_SKIP() << "no IPv6 here";
    }
    std::vector<std::string> undeliverable;
    relay_options options;
    options.trace = [&](std::string_view line) {
        const auto read = nlohmann::json::parse(line);
        if (read.at("fate") == "undeliverable") undeliverable.push_back(read.at("reason"));
    };
    relay through(context, options);
    const auto at = through.open({v6, 0}, server.address(), "client");
    EXPECT_TRUE(at.address().is_v6());
    // The largest datagram of version 6 is too large for version 4.
    for (const auto& text : {std::string("first"), std::string(65520, 'x'), std::string("last")})
        client->send(text, at);
    EXPECT_EQ(arrivals(through, 3), (std::vector<std::string>{"first", "last"}));
    EXPECT_EQ(through.count(direction::up).undeliverable, 1u);
    EXPECT_EQ(through.count(direction::up).delivered, 2u);
    EXPECT_EQ(undeliverable, std::vector<std::string>{"Message too long"});
}
