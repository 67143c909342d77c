#include "sim/link/options_json.hpp"

#include "sim/link/link.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace badwire::link;
using namespace std::chrono_literals;
using nlohmann::json;

TEST(LinkOptions, WhatStandsBesideTheDirectionsHoldsBothWays)
{
    const auto parsed = parse_link_options(json::parse(R"({"loss": 0.05, "delay": "5ms"})"));
    const impairments expected{.loss = 0.05, .delay = {5ms, 5ms}};
    EXPECT_EQ(parsed, (link_options{.up = expected, .down = expected}));
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
    EXPECT_EQ(parse_link_options(json::parse(R"({"delay": {"constant": "1.5s"}})")).up.delay,
              (delay_model{1500ms, 1500ms}));
    EXPECT_EQ(parse_link_options(json::parse(R"({"delay": "0"})")).up, impairments{});
}

TEST(LinkOptions, NothingAskedIsNothingDone)
{
    EXPECT_EQ(parse_link_options(json::object()), link_options{});
}

TEST(LinkOptions, WrittenOptionsReadBackToTheSame)
{
    for (
        const std::string text :
        {R"({})",
         R"({"up": {"loss": 0.05, "delay": "5ms"}, "down": {"delay": {"uniform": ["1ms", "9ms"]}}})",
         R"({"loss": {"model": "gilbert-elliott", "p": 0.01, "r": 0.3, "loss_in_bad": 0.9,
                          "at_most_in_a_row": 4}})",
         R"({"delay": {"normal": {"mean": "20ms", "stddev": "5ms"}, "correlation": 0.5,
                           "at_most": "60ms", "keep_order": true}})",
         R"({"delay": {"lognormal": {"mean": "20ms", "stddev": "5ms"}}})",
         R"({"delay": {"pareto": {"scale": "1ms", "shape": 2.5}}})",
         R"({"delay": {"table": ["1ms", "9ms", "2ms"]}})",
         R"({"duplicate": 0.1, "reorder": {"probability": 0.2, "extent": [1, 3]},
                 "corrupt": {"probability": 0.3, "bits": 2}, "mtu": 1400, "cut": true})",
         R"({"rate": {"limit": "20Mbit/s", "queue": {"bytes": "64KiB"}, "overhead": 28}})",
         R"({"rate": {"trace": [0, 4, 9]}})",
         R"({"rate": {"limit": "20Mbit/s", "burst": "32KiB"}, "aqm": "fq-codel"})",
         R"({"aqm": {"codel": {"target": "3ms", "interval": "50ms", "ecn": true}}})",
         R"({"aqm": {"fq-codel": {"quantum": 300}}})",
         R"({"aqm": {"pie": {"target": "20ms", "update": "10ms", "burst": "0s"}}})",
         R"({"exact": [{"match": {"kind": "ack", "unit": 7}, "nth": 2},
                           {"nth": {"from": 2}, "action": {"delay": "1ms", "corrupt": 3}}]})",
         R"({"tcp": {"refuse": 0.5, "reset_after_bytes": "1KiB", "reset_after": "2s",
                         "stall_after_bytes": 7, "stall_for": "1s", "slice": 1}})",
         R"({"loss": 0.1, "schedule": [{"at": "1s", "for": "2s", "cut": true},
                                           {"at": "2s", "up": {"loss": 0.5}}]})"}) {
        const link_options options = parse_link_options(json::parse(text));
        const json written = to_json(options);
        const link_options again = parse_link_options(written);
        EXPECT_EQ(again.up, options.up) << written;
        EXPECT_EQ(again.down, options.down) << written;
        EXPECT_EQ(again.up_changes, options.up_changes) << written;
    }
}

TEST(LinkOptions, ASchedulesChangesAddUpAndPass)
{
    const auto read = parse_link_options(json::parse(
        R"({"loss": 0.1, "schedule": [{"at": "2s", "loss": 0.5}, {"at": "1s", "for": "2s", "cut": true},
                                      {"at": "4s", "down": {"delay": "9ms"}}]})"));
    std::vector<std::pair<duration, impairments>> up;
    for (const change& one : read.up_changes) up.emplace_back(one.at, one.now);
    impairments cut{.loss = 0.1, .cut = true};
    impairments cut_and_lossy{.loss = 0.5, .cut = true};
    impairments lossy{.loss = 0.5};
    const std::vector<std::pair<duration, impairments>> expected{
        {1s, cut}, {2s, cut_and_lossy}, {3s, lossy}, {4s, lossy}};
    EXPECT_EQ(up, expected);
    EXPECT_EQ(read.down_changes.back().now.delay, (delay_model{9ms, 9ms}));
    EXPECT_EQ(read.down_changes.back().now.loss, loss_model(0.5));
}

TEST(LinkOptions, ALaneFollowsItsSchedule)
{
    const auto read = parse_link_options(json::parse(
        R"({"exact": [{"nth": 3}], "schedule": [{"at": "1s", "for": "1s", "cut": true}]})"));
    lane along(1, "wan", direction::up, read.up, read.up_changes);
    flow& of = along.open_flow("client");
    EXPECT_FALSE(along.decide(of, {}, 999ms).dropped);
    EXPECT_EQ(along.decide(of, {}, 1s).why, cause::cut);
    EXPECT_EQ(along.decide(of, {}, 2s).why, cause::exact); // the count went on during the cut
    EXPECT_EQ(along.next_change(), duration::max());
}

namespace {

struct example {
    std::string text, pointer, message;
};

void expect_mistakes(std::initializer_list<example> examples)
{
    for (const auto& [text, pointer, message] : examples) {
        try {
            parse_link_options(json::parse(text));
            ADD_FAILURE() << text << " was taken";
        } catch (const badwire::mistake& error) {
            EXPECT_EQ(error.pointer, pointer) << text;
            EXPECT_EQ(error.what(), message) << text;
        }
    }
}

} // namespace

TEST(LinkOptions, AMistakeIsToldWithItsPlaceAndWhatWasExpected)
{
    const std::string probability = "expected a probability from 0 to 1 such as 0.05, found ";
    const std::string duration = "expected a duration such as \"200ms\" or \"1.5s\", found ";
    expect_mistakes(
        {{R"([])", "", R"(expected a link such as {"loss": 0.05, "delay": "5ms"}, found [])"},
         {R"({"los": 1})", "/los", "no such key; did you mean \"loss\"?"},
         {R"({"up": {"dealy": "1ms"}})", "/up/dealy", "no such key; did you mean \"delay\"?"},
         {R"({"a/b~": 1})", "/a~1b~0",
          R"(no such key; there are "loss", "delay", "duplicate", "reorder", "corrupt", "rate", )"
          R"("aqm", "mtu", "cut", "rebind", "exact", "tcp", "up", "down", "preset", "schedule", )"
          R"("keep_ports", "bottleneck")"},
         {R"({"up": {"up": {}}})", "/up/up",
          R"(no such key; there are "loss", "delay", "duplicate", "reorder", "corrupt", "rate", )"
          R"("aqm", "mtu", "cut", "rebind", "exact", "tcp")"},
         {R"({"up": 1})", "/up",
          R"(expected an object such as {"loss": 0.05, "delay": "5ms"}, found 1)"},
         {R"({"loss": "5%"})", "/loss", probability + R"("5%"; did you mean 0.05?)"},
         {R"({"loss": 1.5})", "/loss", probability + "1.5"},
         {R"({"down": {"loss": -0.1}})", "/down/loss", probability + "-0.1"},
         {R"({"loss": true})", "/loss", probability + "true"},
         {R"({"delay": "-5ms"})", "/delay", duration + R"("-5ms")"},
         {R"({"delay": "5"})", "/delay", duration + R"("5")"},
         {R"({"delay": 5})", "/delay",
          R"(expected a delay such as "5ms", {"uniform": ["1ms", "9ms"]} or )"
          R"({"normal": {"mean": "20ms", "stddev": "5ms"}, "keep_order": true}, found 5)"},
         {R"({"delay": {"uniforn": ["1ms", "9ms"]}})", "/delay/uniforn",
          "no such key; did you mean \"uniform\"?"},
         {R"({"delay": {"uniform": ["1ms"]}})", "/delay/uniform",
          R"(expected the least and the most such as ["1ms", "9ms"], found ["1ms"])"},
         {R"({"delay": {"uniform": ["9ms", "1ms"]}})", "/delay/uniform",
          R"(expected the least before the most, found ["9ms","1ms"])"},
         {R"({"delay": {"uniform": ["1ms", 9]}})", "/delay/uniform/1", duration + "9"},
         {R"({"delay": {"constant": {}}})", "/delay/constant", duration + "{}"},
         {R"({"loss": {"model": "gilbert-elliot", "p": 1, "r": 1}})", "/loss/model",
          R"(expected "bernoulli" or "gilbert-elliott", found "gilbert-elliot")"}});
}

TEST(LinkOptions, AMistakeFurtherInsideIsToldToo)
{
    expect_mistakes(
        {{R"({"rate": "20Mb"})", "/rate", R"(expected a rate such as "20Mbit/s", found "20Mb")"},
         {R"({"rate": {"trace": [3, 1]}})", "/rate/trace", "expected times that do not fall"},
         {R"({"rate": {"trace": [1], "burst": 1}})", "/rate/burst",
          "a burst is of a rate with a limit: a trace says itself when packets leave"},
         {R"({"aqm": "red"})", "/aqm", R"(expected "codel", "fq-codel" or "pie", found "red")"},
         {R"({"aqm": {"codel": {"target": "0ms"}}})", "/aqm/codel/target",
          R"(expected a time above 0 such as "5ms", found "0ms")"},
         {R"({"rate": {"trace": [0]}})", "/rate/trace",
          "expected a trace whose last time is above 0"},
         {R"({"rate": {"trace": "no/such/file"}})", "/rate/trace",
          "cannot read no/such/file: there is no such file"},
         {R"({"exact": [{"match": {"knid": "ack"}}]})", "/exact/0/match/knid",
          "no such key, and no field of the wire \"framed\"; did you mean \"kind\"?"},
         {R"({"exact": [{"match": {"kind": "acl"}}]})", "/exact/0/match/kind",
          "\"acl\" is no value of kind; did you mean \"ack\"?"},
         {R"({"exact": [{"match": {"regex": "("}}]})", "/exact/0/match/regex",
          "expected a regular expression: Unmatched marking parenthesis ( or \\(.  The error "
          "occurred while parsing the regular expression: '(>>>HERE>>>'."},
         {R"({"exact": [{"nth": 0}]})", "/exact/0/nth",
          R"(expected which of them, from 1: 2, [1, 3], or {"from": 3, "to": 9, "every": 2}, )"
          "found 0"},
         {R"({"schedule": [{"cut": true}]})", "/schedule/0",
          R"(expected a change with a time such as {"at": "2s", "loss": 1}, found {"cut":true})"},
         {R"({"schedule": [{"at": "1s", "up": {"los": 1}}]})", "/schedule/0/up/los",
          "no such key; did you mean \"loss\"?"},
         {R"({"tcp": {"stall_for": "1s"}})", "/tcp/stall_for",
          "\"stall_for\" also needs a key \"stall_after_bytes\""}});
}
