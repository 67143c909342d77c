#include "harness/judge/machine.hpp"

#include <gtest/gtest.h>

#include "harness/judge/judge.hpp"

using namespace badwire::harness;
using namespace std::chrono_literals;

namespace {

// A run that has ended, of two clients and the server of one of them.
struct MachineTime : testing::Test {
    MachineTime()
    {
        all = parse_scenario(R"({
            "title": "Three", "time_limit": "10s", "links": {"wan": {"delay": "10ms"}},
            "processes": {
                "server": {"command": ["true"], "port": 5000},
                "client": {"command": ["true"], "to": "server", "over": "wan"},
                "stranger": {"command": ["true"]}},
            "expect": [{"metric": "client.elapsed_ms", "at_most": 50},
                       {"metric": "client.replies_per_s", "at_least": 100},
                       {"metric": "client.retransmissions", "at_most": 0},
                       {"metric": "elapsed_ms", "at_most": 200}]})",
                             "three.json");
        run.what = &all.front();
        run.network = network_kind::relay;
        run.elapsed = 150ms;
        for (const char* name : {"server", "client", "stranger"}) {
            auto& entry = run.processes.emplace_back();
            entry.name = name;
            entry.exit = 0;
        }
        process("client").metrics = {
            {"elapsed_ms", 80}, {"replies_per_s", 80.0}, {"retransmissions", 3}};
        run.links["wan"]["lateness_ms"]["behind"] = 0.0;
    }

    process_record& process(std::string_view name)
    {
        return *std::ranges::find(run.processes, name, &process_record::name);
    }
    // Of the expectations, in their order: met, perhaps missed by the machine, or missed.
    std::string judged() const
    {
        std::string said;
        for (const auto& one : judge(run, "/nowhere"))
            if (one.about != concern::exit)
                said += one.met                             ? "met "
                        : machine_may_have_missed(run, one) ? "perhaps "
                                                            : "missed ";
        return said;
    }

    std::vector<scenario> all;
    run_record run;
};

} // namespace

TEST_F(MachineTime, OnAnIdleMachineEveryMissIsTheProgramsOwn)
{
    process("client").waited = 4ms;
    run.harness_waited = 1ms;
    EXPECT_EQ(judged(), "missed missed missed met ");
}

TEST_F(MachineTime, AMissIsInDoubtWhereTheMachineAddedHalfOfIt)
{
    process("client").waited = 15ms; // 30 ms are missing, and a fifth of 150 ms
    EXPECT_EQ(judged(), "perhaps perhaps missed met ") << "a count depends on no time";
    process("client").waited = 14ms;
    EXPECT_EQ(judged(), "missed missed missed met ");
}

TEST_F(MachineTime, WhoHasNothingToDoWithAMetricExcusesNothing)
{
    process("stranger").waited = 10s;
    EXPECT_EQ(judged(), "missed missed missed met ");
    process("server").waited = 20ms;
    EXPECT_EQ(judged(), "perhaps perhaps missed met ") << "a client waits for its server";
    EXPECT_GT(added_by_machine(run, {}), 10s) << "the whole run depends on everybody";
}

TEST_F(MachineTime, OfTheRelayItCountsWhatItWasBehindWith)
{
    run.harness_waited = 20ms;
    run.links["wan"]["lateness_ms"] = {{"samples", 9}, {"behind", 14.0}};
    EXPECT_EQ(added_by_machine(run, "client"), 14ms);
    EXPECT_EQ(added_by_machine(run, "wan"), 14ms);
    EXPECT_EQ(added_by_machine(run, {}), 20ms) << "starting processes takes of the run's time, too";
    EXPECT_EQ(judged(), "missed missed missed met ");
    run.links["wan"]["lateness_ms"]["behind"] = 15.0;
    EXPECT_EQ(judged(), "perhaps perhaps missed met ");
}

TEST_F(MachineTime, WhereARelayTimedNothingTheHarnesssOwnWaitingCounts)
{
    run.harness_waited = 20ms;
    run.links["wan"]["lateness_ms"] = {{"samples", 0}, {"behind", 0.0}};
    EXPECT_EQ(judged(), "perhaps perhaps missed met ");
}

TEST_F(MachineTime, ATimeLimitIsInDoubtWhereWaitingTookAQuarterOfIt)
{
    process("stranger").waited = 2500ms;
    EXPECT_FALSE(machine_may_have_stalled(run));
    run.time_limit_reached = true;
    EXPECT_TRUE(machine_may_have_stalled(run));
    process("stranger").waited = 2400ms;
    EXPECT_FALSE(machine_may_have_stalled(run));
}
