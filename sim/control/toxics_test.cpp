#include "sim/control/toxics.hpp"

#include <gtest/gtest.h>

#include "sim/control/problem.hpp"

using namespace badwire::control;
using namespace std::chrono_literals;
using badwire::link::delay_model;
using badwire::link::direction;
using badwire::link::impairments;
using nlohmann::json;

namespace {

impairments with(const char* toxic_json, const impairments& before = {},
                 carried what = carried::datagrams)
{
    return apply(before, parse_toxic(json::parse(toxic_json)), what);
}

// The message about a toxic that is not possible.
std::string refused(const std::string& toxic_json)
{
    try {
        apply({}, parse_toxic(json::parse(toxic_json)), carried::datagrams);
        return "nothing";
    } catch (const problem& error) {
        EXPECT_EQ(error.status, 400u);
        return error.what();
    }
}

} // namespace

TEST(ToxicsTest, NameAndStreamHaveToxiproxysDefaults)
{
    const toxic one = parse_toxic({{"type", "latency"}});
    EXPECT_EQ(one.name, "latency_downstream");
    EXPECT_EQ(one.stream, direction::down);
    EXPECT_EQ(one.toxicity, 1);
    EXPECT_EQ(to_json(one), json::parse(R"({"name": "latency_downstream", "type": "latency",
        "stream": "downstream", "toxicity": 1.0, "attributes": {}})"));
    EXPECT_EQ(parse_toxic({{"type", "cut"}, {"stream", "upstream"}}).name, "cut_upstream");
}

TEST(ToxicsTest, LatencyIsADelay)
{
    EXPECT_EQ(with(R"({"type": "latency", "attributes": {"latency": 100}})").delay,
              delay_model(100ms, 100ms));
    EXPECT_EQ(with(R"({"type": "latency", "attributes": {"latency": 100.0, "jitter": 20}})").delay,
              delay_model(80ms, 120ms));
    EXPECT_EQ(with(R"({"type": "latency", "attributes": {"latency": 10, "jitter": 20}})").delay,
              delay_model(0ms, 30ms));
}

TEST(ToxicsTest, BandwidthIsARateInThousandsOfBytes)
{
    impairments before;
    before.rate.bits_per_second = 1;
    before.rate.queue_packets = 7;
    const auto now = with(R"({"type": "bandwidth", "attributes": {"rate": 125}})", before);
    EXPECT_EQ(now.rate.bits_per_second, 1e6);
    EXPECT_EQ(now.rate.queue_packets, 7u) << "the queue stays";
    EXPECT_FALSE(
        with(R"({"type": "bandwidth", "attributes": {"rate": 0}})", before).rate.limited());
}

TEST(ToxicsTest, StreamFaults)
{
    auto now = with(R"({"type": "timeout", "attributes": {"timeout": 500}})");
    EXPECT_EQ(now.loss.probability, 1) << "of datagrams";
    EXPECT_EQ(with(R"({"type": "timeout"})", {}, carried::streams).loss.probability, 0)
        << "their end is to arrive";
    EXPECT_EQ(now.tcp.stall_after_bytes, 0u);
    EXPECT_EQ(now.tcp.close_after, 500ms);
    EXPECT_FALSE(with(R"({"type": "timeout"})").tcp.close_after) << "for ever";

    EXPECT_EQ(with(R"({"type": "reset_peer", "attributes": {"timeout": 0}})").tcp.reset_after, 0ms);

    now = with(
        R"({"type": "slicer", "attributes": {"average_size": 64, "size_variation": 32, "delay": 10}})");
    EXPECT_EQ(now.tcp.slice_bytes, 64u);
    EXPECT_EQ(now.tcp.slice_variation, 32u);
    EXPECT_EQ(now.tcp.slice_gap, 10us);

    now = with(R"({"type": "limit_data", "attributes": {"bytes": 1000}})");
    EXPECT_EQ(now.tcp.close_after_bytes, 1000u);
    EXPECT_EQ(with(R"({"type": "slow_close", "attributes": {"delay": 50}})").tcp.close_delay, 50ms);
}

TEST(ToxicsTest, AScenariosKeysAreTypesToo)
{
    EXPECT_EQ(with(R"({"type": "loss", "attributes": {"value": 0.25}})").loss.probability, 0.25);
    EXPECT_EQ(
        with(R"({"type": "loss", "toxicity": 0.5, "attributes": {"value": 0.5}})").loss.probability,
        0.25);
    EXPECT_EQ(with(R"({"type": "delay", "attributes": {"value": "5ms"}})").delay,
              delay_model(5ms, 5ms));
    EXPECT_TRUE(with(R"({"type": "cut", "attributes": {"value": true}})").cut);
    EXPECT_EQ(with(R"({"type": "mtu", "attributes": {"value": 500}})").mtu, 500u);
    EXPECT_EQ(with(R"({"type": "tcp", "attributes": {"value": {"refuse": 1}}})").tcp.refuse, 1);
}

TEST(ToxicsTest, OnlyWhatAToxicNamesChanges)
{
    impairments before;
    before.loss = 0.1;
    before.mtu = 1000;
    before.tcp.refuse = 0.5;
    impairments expected = before;
    expected.delay = delay_model(5ms, 5ms);
    EXPECT_EQ(with(R"({"type": "delay", "attributes": {"value": "5ms"}})", before), expected);
    expected = before;
    expected.tcp.close_after_bytes = 5;
    EXPECT_EQ(with(R"({"type": "limit_data", "attributes": {"bytes": 5}})", before), expected);
}

TEST(ToxicsTest, WhatCannotBeIsNamed)
{
    for (const auto& [toxic_json, expected] : std::vector<std::pair<std::string, std::string>>{
             {R"([])", "expected an object"},
             {R"({})", "expected a key \"type\": one of latency"},
             {R"({"type": 5})", "/type: expected a string"},
             {R"({"type": "latncy"})", "there is no \"latncy\""},
             {R"({"type": "latency", "stream": "up"})", "stream: expected \"upstream\""},
             {R"({"type": "latency", "toxcity": 1})",
              "/toxcity: no such key; did you mean \"toxicity\"?"},
             {R"({"type": "latency", "toxicity": 1.5})",
              "/toxicity: expected a probability from 0 to 1"},
             {R"({"type": "mtu", "toxicity": 0.5, "attributes": {"value": 500}})",
              "/toxicity: this mtu applies to every datagram"},
             {R"({"type": "latency", "attributes": 5})", "/attributes: expected an object"},
             {R"({"type": "latency", "attributes": {"latency": -1}})",
              "attributes/latency: expected"},
             {R"({"type": "latency", "attributes": {"latency": 1e300}})", "attributes/latency"},
             {R"({"type": "latency", "attributes": {"latency": "1s"}})", "attributes/latency"},
             {R"({"type": "latency", "attributes": {"jiter": 1}})",
              "/attributes/jiter: no such key; did you mean \"jitter\"?"},
             {R"({"type": "slicer"})", "/attributes: expected a key \"average_size\""},
             {R"({"type": "loss"})",
              "/attributes: expected a key \"value\": what a scenario writes for \"loss\""},
             {R"({"type": "loss", "attributes": {"value": 2}})", "attributes/value"},
             {R"({"type": "loss", "attributes": {"value": 0.1, "x": 1}})", "attributes/x"},
             {R"({"name": 1, "type": "latency", "toxicity": 2})",
              "/toxicity: expected a probability from 0 to 1 such as 0.05, found 2; /name: "
              "expected"},
             {R"({"type": "loss", "attributes": {"value": {"model": "gilbert-elliott", "p": 2,
                 "r": 3}}})",
              "/attributes/value/p: expected a probability from 0 to 1 such as 0.05, found 2; "
              "/attributes/value/r: expected"},
             {R"({"type": "rate", "attributes": {"value": {"trace": "/etc/passwd"}}})",
              "no file can be named"},
         })
        EXPECT_NE(refused(toxic_json).find(expected), std::string::npos)
            << toxic_json << ": " << refused(toxic_json);
}

TEST(ToxicsTest, WhoMeetsAToxic)
{
    struct {
        const char* toxic;
        bool of_some_connections, of_set_up;
    } const cases[]{
        {R"({"type": "latency"})", false, false},
        {R"({"type": "latency", "toxicity": 0.5})", true, false},
        {R"({"type": "delay"})", false, true},
        {R"({"type": "delay", "toxicity": 0.5})", true, false},
        {R"({"type": "loss", "toxicity": 0.5})", false, true},
    };
    for (const auto& [text, some, set_up] : cases) {
        const toxic one = parse_toxic(json::parse(text));
        EXPECT_EQ(is_of_some_connections(one), some) << text;
        EXPECT_EQ(is_of_set_up(one), set_up) << text;
    }
}

TEST(ToxicsTest, AnUpdateChangesToxicityAndSomeAttributes)
{
    const toxic before =
        parse_toxic({{"type", "latency"}, {"attributes", {{"latency", 100}, {"jitter", 20}}}});
    const toxic after = updated(before, {{"toxicity", 0.5}, {"attributes", {{"jitter", 0}}}});
    EXPECT_EQ(after.toxicity, 0.5);
    EXPECT_EQ(after.attributes, (json{{"latency", 100}, {"jitter", 0}}));
    EXPECT_NO_THROW(updated(before, to_json(before))) << "repeating is no change";
    EXPECT_THROW(updated(before, {{"stream", "upstream"}}), problem);
    EXPECT_THROW(updated(before, {{"type", "loss"}}), problem);
}
