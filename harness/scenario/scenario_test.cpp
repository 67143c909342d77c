#include "harness/scenario/scenario.hpp"

#include <gtest/gtest.h>

#include "harness/judge/judge.hpp"
#include "harness/judge/record.hpp"
#include "harness/run/runner.hpp"

using namespace badwire::harness;
using namespace std::chrono_literals;

namespace {

constexpr const char* two_processes = R"({
    "matrix": {"loss": [0, 0.5], "who": ["a", "b"]},
    "links": {"wan": {"loss": "${matrix.loss}", "delay": "5ms", "down": {"delay": "7ms"}}},
    "processes": {
        "server": {"program": "udp-ftp-server", "args": ["--once"]},
        "client": {"program": "udp-ftp-client", "args": ["file-${matrix.who}"], "to": "server",
                   "over": "wan", "count": 2, "delay": "1s"}}})";

std::string pointer_of(const std::string& text)
{
    try {
        parse_scenario(text, "test.json");
    } catch (const badwire::mistake& wrong) {
        return wrong.pointer + ": " + wrong.what();
    }
    return "no mistake";
}

run_record record_of(const scenario& what)
{
    run_record run;
    run.what = &what;
    for (const auto& process : what.processes) {
        run.processes.emplace_back().name = process.name;
        run.processes.back().family = process.family;
        run.processes.back().exit = 0;
    }
    return run;
}

} // namespace

TEST(Scenario, AMatrixBecomesEveryCombinationWithItsTypes)
{
    const auto all = parse_scenario(two_processes, "test.json");
    ASSERT_EQ(all.size(), 4u);
    EXPECT_EQ(all[0].matrix.dump(), R"({"loss":0,"who":"a"})");
    EXPECT_EQ(all[3].matrix.dump(), R"({"loss":0.5,"who":"b"})");
    EXPECT_EQ(all[3].links.at("wan").up.loss, 0.5);
    EXPECT_EQ(all[3].find("client-1")->words.front(), "file-b");
}

TEST(Scenario, WhatADirectionSaysWinsOverItsLink)
{
    const auto all = parse_scenario(two_processes, "test.json");
    const auto& wan = all[2].links.at("wan");
    EXPECT_EQ(wan.up.delay.first, 5ms);
    EXPECT_EQ(wan.down.delay.first, 7ms);
    EXPECT_EQ(wan.down.loss, 0.5);
}

TEST(Scenario, SeveralOfAKindAreNumberedAndStartOneAfterTheOther)
{
    const auto one = parse_scenario(two_processes, "test.json").front();
    ASSERT_NE(one.find("client-2"), nullptr);
    EXPECT_EQ(one.find("client-1")->delay, 1s);
    EXPECT_EQ(one.find("client-2")->delay, 2s);
    EXPECT_EQ(one.family("client").size(), 2u);
}

TEST(Scenario, ServersThatServeForEverAreStoppedAndOthersAwaited)
{
    const auto one = parse_scenario(two_processes, "test.json").front();
    EXPECT_EQ(one.find("server")->ends, ending::by_itself); // --once
    const auto other =
        parse_scenario(R"({"processes": {"s": {"program": "loop-server"}}})", "test.json").front();
    EXPECT_EQ(other.find("s")->ends, ending::when_stopped);
}

TEST(Scenario, MistakesSayWhereAndWhat)
{
    EXPECT_EQ(pointer_of(R"({"processes": {"a": {"program": "loop-servr"}}})"),
              "/processes/a/program: no program \"loop-servr\"; did you mean \"loop-server\"?");
    EXPECT_EQ(pointer_of(R"({"processes": {"a": {"command": ["x", "${b.port"]}}})"),
              "/processes/a/command/1: a reference without its closing }");
    EXPECT_EQ(pointer_of(R"({"processes": {"a": {}}})"),
              "/processes/a: expected either a \"program\" of badwire's or a \"command\"");
}

TEST(Scenario, NetworksAreThoseAskedForElseWhatTheScenarioNeeds)
{
    const auto linked = parse_scenario(two_processes, "test.json").front();
    EXPECT_EQ(linked.networks, std::vector{network_kind::relay});
    const std::vector<scenario> all{linked};
    runner_options options;
    options.repeat = 3;
    options.seed = 10;
    options.networks = {network_kind::virtual_time};
    const auto runs = plan(all, options);
    ASSERT_EQ(runs.size(), 3u);
    EXPECT_EQ(runs[2].seed, 12u);
}

TEST(Expectations, EveryProcessMustExitWithZeroWhereNothingIsSaid)
{
    const auto what = parse_scenario(two_processes, "test.json").front();
    auto run = record_of(what);
    run.processes[1].exit = 3;
    const auto judged = judge(run, ".");
    ASSERT_EQ(judged.size(), 3u);
    EXPECT_TRUE(judged[0].met);
    EXPECT_FALSE(judged[1].met);
    EXPECT_EQ(judged[1].detail, "it exited with 3");
}

TEST(Expectations, ACrashFailsEvenWhereOnlyOthersAreAskedFor)
{
    const auto what = parse_scenario(R"({"processes": {"a": {"program": "loop-server"},
        "b": {"program": "loop-client", "to": "a"}}, "expect": [{"exit": {"a": 0}}]})",
                                     "x")
                          .front();
    auto run = record_of(what);
    run.processes[1].exit = 139;
    const auto judged = judge(run, ".");
    ASSERT_EQ(judged.size(), 2u);
    EXPECT_FALSE(judged[1].met);
    EXPECT_EQ(judged[1].detail, "signal 11 (Segmentation fault) ended it");
}

TEST(Waiting, ClientsAndServersAreMatchedByAddressAndElseByOrder)
{
    const auto what = parse_scenario(R"({"links": {"wan": {}}, "processes": {
        "s": {"program": "iterative-server"},
        "near": {"program": "sum-client", "args": ["--count", "1"], "to": "s"},
        "far": {"program": "sum-client", "args": ["--count", "1"], "to": "s", "over": "wan"}}})",
                                     "x")
                          .front();
    auto run = record_of(what);
    run.network = network_kind::relay;
    run.processes[0].served = {{"relay:1", 6'000'000, 7'000'000}, {"near:1", 3'000'000, 5'000'000}};
    run.processes[1].made = {{"near:1", 2'000'000, 5'000'000}};
    run.processes[2].made = {{"far:1", 1'000'000, 8'000'000}};
    match_requests(run, 0);
    ASSERT_EQ(run.waiting.size(), 2u);
    EXPECT_EQ(run.waiting[0].client, "far");
    EXPECT_EQ(run.waiting[0].start_ms, 6);
    EXPECT_EQ(run.waiting[1].client, "near");
    EXPECT_EQ(run.waiting[1].start_ms, 3);
}
