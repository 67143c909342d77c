#include "sim/link/options_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace badwire::link;
using namespace std::chrono_literals;
using nlohmann::json;

TEST(LinkOptions, WhatStandsBesideTheDirectionsHoldsBothWays)
{
    const auto parsed = parse_link_options(json::parse(R"({"loss": 0.05, "delay": "5ms"})"));
    const impairments expected{.loss = 0.05, .delay = {5ms, 5ms}};
    EXPECT_EQ(parsed, (link_options{expected, expected}));
}

TEST(LinkOptions, WhatStandsInsideADirectionWins)
{
    const auto parsed = parse_link_options(json::parse(
        R"({"loss": 0.05, "delay": "5ms",
            "up": {"loss": 0.1}, "down": {"delay": {"uniform": ["1ms", "9ms"]}}})"));
    EXPECT_EQ(parsed.up, (impairments{.loss = 0.1, .delay = {5ms, 5ms}}));
    EXPECT_EQ(parsed.down, (impairments{.loss = 0.05, .delay = {1ms, 9ms}}));
}

TEST(LinkOptions, AConstantDelayMayBeSpelledOut)
{
    EXPECT_EQ(parse_impairments(json::parse(R"({"delay": {"constant": "1.5s"}})")).delay,
              (delay_model{1500ms, 1500ms}));
    EXPECT_EQ(parse_impairments(json::parse(R"({"delay": "0"})")), impairments{});
}

TEST(LinkOptions, NothingAskedIsNothingDone)
{
    EXPECT_EQ(parse_link_options(json::object()), link_options{});
}

TEST(LinkOptions, WrittenOptionsReadBackToTheSame)
{
    for (const link_options& options :
         {link_options{}, link_options{{0.05, {5ms, 5ms}}, {1.0 / 3, {1ms, 9001us}}}})
        EXPECT_EQ(parse_link_options(to_json(options)), options) << to_json(options);
}

TEST(LinkOptions, AMistakeIsToldWithItsPlaceAndWhatWasExpected)
{
    struct mistake {
        std::string text, pointer, message;
    };
    const std::string probability = "expected a probability from 0 to 1 such as 0.05, found ";
    const std::string duration = "expected a duration such as \"200ms\" or \"1.5s\", found ";
    for (
        const auto& [text, pointer, message] : std::initializer_list<mistake>{
            {R"([])", "", R"(expected a link such as {"loss": 0.05, "delay": "5ms"}, found [])"},
            {R"({"los": 1})", "/los", "no such key; did you mean \"loss\"?"},
            {R"({"up": {"dealy": "1ms"}})", "/up/dealy", "no such key; did you mean \"delay\"?"},
            {R"({"a/b~": 1})", "/a~1b~0",
             R"(no such key; there are "loss", "delay", "up", "down")"},
            {R"({"up": {"up": {}}})", "/up/up", R"(no such key; there are "loss", "delay")"},
            {R"({"up": 1})", "/up",
             R"(expected an object such as {"loss": 0.05, "delay": "5ms"}, found 1)"},
            {R"({"loss": "5%"})", "/loss", probability + R"("5%")"},
            {R"({"loss": 1.5})", "/loss", probability + "1.5"},
            {R"({"down": {"loss": -0.1}})", "/down/loss", probability + "-0.1"},
            {R"({"loss": true})", "/loss", probability + "true"},
            {R"({"delay": "-5ms"})", "/delay", duration + R"("-5ms")"},
            {R"({"delay": "5"})", "/delay", duration + R"("5")"},
            {R"({"delay": 5})", "/delay",
             R"(expected a delay such as "5ms", {"constant": "5ms"} or {"uniform": ["1ms", "9ms"]}, )"
             "found 5"},
            {R"({"delay": {"uniforn": ["1ms", "9ms"]}})", "/delay/uniforn",
             "no such key; did you mean \"uniform\"?"},
            {R"({"delay": {"uniform": ["1ms"]}})", "/delay/uniform",
             R"(expected the least and the most such as ["1ms", "9ms"], found ["1ms"])"},
            {R"({"delay": {"uniform": ["9ms", "1ms"]}})", "/delay/uniform",
             R"(expected the least before the most, found ["9ms","1ms"])"},
            {R"({"delay": {"uniform": ["1ms", 9]}})", "/delay/uniform/1", duration + "9"},
            {R"({"delay": {"constant": {}}})", "/delay/constant", duration + "{}"}}) {
        try {
            parse_link_options(json::parse(text));
            ADD_FAILURE() << text << " was taken";
        } catch (const options_error& error) {
            EXPECT_EQ(error.pointer, pointer) << text;
            EXPECT_EQ(error.what(), message) << text;
        }
    }
}
