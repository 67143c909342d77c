// What each impairment is counted to have done.
#include "sim/link/strikes.hpp"

#include <map>
#include <span>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/link/link.hpp"
#include "sim/link/options_json.hpp"
#include "sim/link/stream_path.hpp"

using namespace badwire::link;
using namespace std::chrono_literals;
using nlohmann::ordered_json;

namespace {

std::span<const std::byte> bytes_of(const std::string& text)
{
    return std::as_bytes(std::span(text));
}

lane lane_of(const std::string& options)
{
    auto asked = parse_link_options(ordered_json::parse(options));
    return {1, "wan", direction::up, asked.up, asked.up_changes};
}

void send(lane& through, int packets, duration at = 0ms)
{
    auto& of = through.open_flow("client");
    for (int i = 0; i < packets; ++i)
        through.decide(of, bytes_of("packet " + std::to_string(i)), at);
}

} // namespace

TEST(Strikes, WhatIsCertainStrikesEveryDatagramAndAtProbabilityZeroNone)
{
    for (const auto& [key, options] :
         std::map<std::string, std::string>{{"loss", R"({"loss": 1})"},
                                            {"delay", R"({"delay": "5ms"})"},
                                            {"duplicate", R"({"duplicate": 1})"},
                                            {"reorder", R"({"reorder": 1})"},
                                            {"corrupt", R"({"corrupt": 1})"},
                                            {"rate", R"({"rate": "1Mbit/s"})"},
                                            {"mtu", R"({"mtu": 3})"},
                                            {"cut", R"({"cut": true})"},
                                            {"exact", R"({"exact": [{"action": "duplicate"}]})"}}) {
        lane struck = lane_of(options);
        send(struck, 20);
        EXPECT_EQ(struck.struck().of(key), 20U) << key;
        lane spared = lane_of("{}");
        send(spared, 20);
        EXPECT_EQ(spared.struck().of(key), 0U) << key;
    }
}

TEST(Strikes, AnExactRuleCountsWhatMatchedAndWhatItStruck)
{
    lane through = lane_of(R"({"exact": [{"match": {"text": "packet"}, "nth": 3},
                                         {"match": {"text": "nothing"}}]})");
    send(through, 10);
    const auto rules = through.struck().rules;
    ASSERT_EQ(rules.size(), 2U);
    EXPECT_EQ(rules[0].matched, 10U);
    EXPECT_EQ(rules[0].struck, 1U);
    EXPECT_EQ(rules[1].matched, 0U);
}

TEST(Strikes, ARuleThatAChangeTakesAwayKeepsItsCount)
{
    lane through = lane_of(R"({"exact": [{"nth": 1}], "schedule": [{"at": "1s", "exact": []}]})");
    send(through, 2);
    send(through, 2, 2s);
    ASSERT_EQ(through.struck().rules.size(), 1U);
    EXPECT_EQ(through.struck().rules[0].struck, 1U);
    EXPECT_EQ(through.struck().rules[0].matched, 2U);
}

TEST(Strikes, WhatAModelDoesIsNotWhatAnExactRuleDoes)
{
    lane through = lane_of(R"({"duplicate": 1e-12, "corrupt": 1e-12,
                               "exact": [{"action": "duplicate"}, {"action": "corrupt"}]})");
    send(through, 5);
    EXPECT_EQ(through.struck().of("exact"), 5U);
    EXPECT_EQ(through.struck().of("duplicate"), 0U);
    EXPECT_EQ(through.struck().of("corrupt"), 0U);
}

TEST(Strikes, TheLastUseIsTheTimeOfTheLastDatagram)
{
    lane through = lane_of("{}");
    EXPECT_FALSE(through.struck().last_used);
    send(through, 1, 70ms);
    EXPECT_EQ(through.struck().last_used, duration(70ms));
}

TEST(Strikes, AStreamCountsOnceForEachImpairmentThatItMeets)
{
    lane through = lane_of(R"({"delay": "5ms", "loss": 1, "tcp": {"slice": 1}})");
    lane back = lane_of("{}");
    auto& of = through.open_flow("client");
    stream_path path(through, of, 0, {back, back.open_flow("client")});
    path.offer(bytes_of("hello"), 1ms);
    path.advance(1ms);
    const strikes count = through.struck();
    EXPECT_EQ(count.connections, 1U);
    EXPECT_EQ(count.of("delay"), 1U);
    EXPECT_EQ(count.of("tcp"), 1U);
    EXPECT_EQ(count.of("loss"), 1U);
    EXPECT_EQ(count.last_used, duration(1ms));
}

TEST(Strikes, AStreamThatACutHoldsUpIsStruckByIt)
{
    lane through = lane_of(R"({"cut": true})");
    lane back = lane_of("{}");
    stream_path path(through, through.open_flow("client"), 0, {back, back.open_flow("client")});
    path.advance(1ms);
    EXPECT_EQ(through.struck().of("cut"), 0U); // nothing waits
    path.offer(bytes_of("hello"), 2ms);
    path.advance(2ms);
    path.advance(3ms);
    EXPECT_EQ(through.struck().of("cut"), 1U);
}

TEST(Strikes, InJsonStandsWhatIsAskedForAtSomeTime)
{
    const auto asked = parse_link_options(ordered_json::parse(
        R"({"loss": 1, "exact": [{"nth": 2}], "schedule": [{"at": "1s", "cut": true}]})"));
    lane through(1, "wan", direction::up, asked.up, asked.up_changes);
    send(through, 3, 2ms);
    const auto made = strikes_json(through.struck(), asked.up, asked.up_changes);
    EXPECT_EQ(made["struck"], nlohmann::json::parse(R"({"loss": 2, "cut": 0, "exact": 1})"));
    EXPECT_EQ(made["rules"],
              nlohmann::json::parse(R"([{"rule": {"nth": 2}, "matched": 3, "struck": 1}])"));
    EXPECT_EQ(made["last_used_ms"], 2.0);
}
