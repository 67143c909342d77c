// Two runs beside each other: what is a difference, what time explains, what a late relay excuses.
#include "harness/lab/differential.hpp"

#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "harness/run/run_folder.hpp"

using namespace badwire;
using namespace badwire::harness;
using namespace std::chrono_literals;

namespace {

const scenario& two_processes()
{
    static const auto read = parse_scenario(
        R"({"title": "Two", "links": {"wan": {"loss": 0.1}}, "processes": {
            "server": {"program": "udp-ftp-server"},
            "client": {"program": "udp-chat", "to": "server", "over": "wan"}}})",
        "two.json");
    return read.front();
}

// A run with a folder of its own, to be made as a test needs it.
struct made_run {
    explicit made_run(network_kind network)
    {
        record.what = &two_processes();
        record.network = network;
        record.verdict = verdict::pass;
        for (const char* name : {"server", "client"}) {
            process_record& process = record.processes.emplace_back();
            process.name = name;
            process.exit = 0;
            process.ended = 1s;
            process.output.text = "done in 12 ms at 127.0.0.1:4711, 3 packets\n";
            std::filesystem::create_directory(folder.path() / name);
        }
        record.processes[0].stopped = true;
    }

    void packet(int number, const std::string& fate, int occurrence = 0)
    {
        std::ofstream(folder.path() / "packets.jsonl", std::ios::app) << fmt::format(
            R"({{"time_ns":{},"link":"wan","direction":"up","flow":"client","index":{},"bytes":9,)"
            R"("content":"c{}","occurrence":{},{}}})"
            "\n",
            number * 1'000'000, number, number, occurrence, fate);
    }
    void packets(int count)
    {
        for (int i = 0; i < count; ++i) packet(i, delivered);
    }
    void file(const std::string& name, const std::string& text)
    {
        std::ofstream(folder.path() / "client" / name) << text;
    }

    compared_run seen() const { return {&record, folder.path()}; }

    static constexpr const char* delivered = R"("fate":"delivered","delay_ns":0)";
    static constexpr const char* lost = R"("fate":"dropped","rule":"loss")";
    static constexpr const char* cut = R"("fate":"dropped","rule":"cut")";
    temporary_folder folder;
    run_record record;
};

class Differential : public ::testing::Test {
protected:
    comparison compared(tolerance allowed = {})
    {
        return compare(one.seen(), other.seen(), allowed);
    }
    // Of what there are differences.
    std::vector<std::string> differences()
    {
        std::vector<std::string> of;
        for (const auto& each : compared().differences) of.push_back(each.of);
        return of;
    }

    made_run one{network_kind::virtual_time};
    made_run other{network_kind::relay};
};

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(Differential, AddressesAndTimesMayDiffer)
{
    one.packets(5);
    other.packets(5);
    other.record.processes[1].output.text = "done in 1.5 s at 127.0.0.1:9, 3 packets\n";
    EXPECT_THAT(differences(), IsEmpty());
    EXPECT_EQ(compared().in_common, 5U);
    other.record.processes[1].output.text = "done in 1.5 s at 127.0.0.1:9, 4 packets\n";
    EXPECT_THAT(differences(), ElementsAre("output", "output"));
}

TEST_F(Differential, APromptMayStandBeforeALine)
{
    other.record.processes[1].output.text = "You: " + other.record.processes[1].output.text;
    EXPECT_THAT(differences(), IsEmpty());
}

TEST_F(Differential, AnotherFateIsADifferenceAndTheFirstOneIsShown)
{
    one.packets(5);
    for (int i = 0; i < 5; ++i)
        other.packet(i, i == 2 || i == 4 ? made_run::lost : made_run::delivered);
    EXPECT_THAT(differences(), ElementsAre("fate", "fate"));
    EXPECT_EQ(compared().result, comparison::differ);
    EXPECT_THAT(
        compared().first_diverging,
        HasSubstr("(contents c2) at 2.000 ms: delivered on virtual, dropped by loss on relay"));
}

TEST_F(Differential, WhatGoesByTheTimeMayStrikeOneOfTwo)
{
    one.packets(3);
    for (int i = 0; i < 3; ++i) other.packet(i, i == 1 ? made_run::cut : made_run::delivered);
    EXPECT_THAT(differences(), IsEmpty());
}

TEST_F(Differential, WhereNothingStandsBetweenOnlyWhatCameOfItIsCompared)
{
    other.record.network = network_kind::direct;
    one.packets(30);
    one.record.processes[1].output.text = "asked twice\n";
    EXPECT_THAT(differences(), IsEmpty());
    EXPECT_EQ(compared().packets, 0U);
    other.record.processes[1].exit = 7;
    EXPECT_THAT(differences(), ElementsAre("exit"));

    scenario without_links = *one.record.what;
    without_links.links.clear();
    one.record.what = other.record.what = &without_links;
    EXPECT_THAT(differences(), Contains("output"));
}

TEST_F(Differential, AFewRepetitionsMoreAreNone)
{
    one.packets(10);
    other.packets(10);
    for (int i = 0; i < 5; ++i) other.packet(i, made_run::delivered, 1);
    EXPECT_EQ(compared().result, comparison::agree);
    EXPECT_THAT(compared().first_diverging,
                HasSubstr("sent 1 times before) at 0.000 ms: only on relay"));
    for (int i = 5; i < 10; ++i) other.packet(i, made_run::delivered, 1);
    EXPECT_EQ(compared().result, comparison::differ) << "10 against 20";
    EXPECT_EQ(compared({.share = 0.5}).result, comparison::agree);
}

TEST_F(Differential, WithOtherPacketsNumbersAndFilesAreLeftOut)
{
    one.packets(3);
    other.packets(4);
    other.record.processes[1].output.text = "done in 12 ms at 127.0.0.1:4711, 4 packets\n";
    one.file("a", "1");
    other.file("a", "2");
    EXPECT_THAT(differences(), IsEmpty());
    other.record.processes[1].output.text += "and another line\n";
    EXPECT_THAT(differences(), ElementsAre("output"));
}

TEST_F(Differential, FilesAreComparedWherePacketsAreTheSame)
{
    one.file("a", "1");
    other.file("a", "2");
    one.file("b", "");
    other.file("c", "");
    EXPECT_THAT(differences(), ElementsAre("file", "file", "file"));
}

TEST_F(Differential, AStoppedProcessMayLackItsLastLines)
{
    one.record.processes[0].output.text += "ended\n";
    EXPECT_THAT(differences(), IsEmpty()) << "the other server was stopped";
    other.record.processes[1].output.text += "ended\n";
    EXPECT_THAT(differences(), ElementsAre("output")) << "the first client was not";
}

TEST_F(Differential, VerdictsExitsAndTimes)
{
    other.record.verdict = verdict::fail;
    other.record.processes[1].exit = 1;
    other.record.processes[1].ended = 2s;
    EXPECT_THAT(differences(), ElementsAre("verdict", "exit", "time"));
}

TEST_F(Differential, AMachineThatWasTooSlowExplainsTimesButNoFates)
{
    other.record.links["wan"]["lateness_ms"]["max"] = 80.0;
    EXPECT_EQ(compared().result, comparison::agree);
    other.record.processes[1].ended = 3s;
    EXPECT_EQ(compared().result, comparison::inconclusive);
    one.packet(1, made_run::delivered);
    other.packet(1, made_run::lost);
    EXPECT_EQ(compared().result, comparison::differ);
}

} // namespace
