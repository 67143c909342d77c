// Ramps and traces: numbers that go with the time.
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "impl/base/mistake.hpp"
#include "sim/link/link.hpp"
#include "sim/link/options_json.hpp"
#include "sim/link/statistics_for_tests.hpp"

using namespace badwire::link;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

link_options asked(const std::string& text) { return parse_link_options(json::parse(text)); }
lane up_of(const link_options& options) { return {1, "wan", options, direction::up}; }

duration delay_at(lane& along, duration at)
{
    return along.decide(along.open_flow("client"), {}, at).delay;
}

// A folder with one file, which is gone afterwards.
class folder_with {
public:
    folder_with(const std::string& name, const std::string& contents)
        : path_(std::filesystem::temp_directory_path() /
                ("course_test_" + std::to_string(::getpid())))
    {
        std::filesystem::create_directories(path_);
        std::ofstream(path_ / name) << contents;
    }
    ~folder_with() { std::filesystem::remove_all(path_); }
    folder_with(const folder_with&) = delete;

    link_options read(const std::string& text) const
    {
        return parse_link_options(json::parse(text), {.folder = path_});
    }
    std::string mistake_in(const std::string& text) const
    {
        try {
            read(text);
        } catch (const badwire::mistake& error) {
            std::string told = error.what();
            const auto place = told.find(path_.string() + "/");
            if (place != std::string::npos) told.erase(place, path_.string().size() + 1);
            return error.pointer + ": " + told;
        }
        return "none";
    }

private:
    std::filesystem::path path_;
};

} // namespace

TEST(Ramp, ADelayGoesInAStraightLineAndStays)
{
    auto along =
        up_of(asked(R"({"delay": {"ramp": {"from": "10ms", "to": "110ms", "over": "10s"}}})"));
    EXPECT_EQ(delay_at(along, 0s), 10ms);
    EXPECT_EQ(delay_at(along, 2500ms), 35ms);
    EXPECT_EQ(delay_at(along, 9999999999ns),
              109999999ns + 1ns); // 109.99999999 ms, to the nanosecond
    EXPECT_EQ(delay_at(along, 10s), 110ms);
    EXPECT_EQ(delay_at(along, 1h), 110ms);
    EXPECT_EQ(along.next_change(), duration::max()); // it is no staircase of changes
}

TEST(Ramp, InAScheduleItBeginsWithItsChangeAndAgain)
{
    auto along = up_of(asked(R"({"delay": "1ms", "schedule": [
        {"at": "2s", "for": "4s", "every": "10s", "delay": {"ramp": {"from": "20ms", "to": "60ms", "over": "4s"}}},
        {"at": "3s", "for": "1s", "mtu": 100}]})"));
    for (const duration lap : {0s, 10s, 1000s}) {
        EXPECT_EQ(delay_at(along, lap + 1s), 1ms);
        EXPECT_EQ(delay_at(along, lap + 2s), 20ms);
        EXPECT_EQ(delay_at(along, lap + 3500ms), 35ms); // the other change does not begin it anew
        EXPECT_EQ(delay_at(along, lap + 5s), 50ms);
        EXPECT_EQ(delay_at(along, lap + 6s), 1ms);
    }
}

TEST(Ramp, TheProbabilityOfLossIsTheOneAtThePacketsTime)
{
    auto along = up_of(asked(R"({"loss": {"ramp": {"from": 0, "to": 0.5, "over": "100s"}}})"));
    flow& of = along.open_flow("client");
    std::uint64_t lost_early = 0;
    std::uint64_t lost_late = 0;
    constexpr int packets = 20'000;
    for (int i = 0; i < packets; ++i) {
        const fate met = along.decide(of, {}, i * 5ms);
        EXPECT_DOUBLE_EQ(met.loss_asked, 0.5 * i * 0.005 / 100);
        EXPECT_EQ(met.dropped, met.loss_drawn < met.loss_asked);
        (i < packets / 2 ? lost_early : lost_late) += met.dropped ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(lost_early), 0.125 * packets / 2,
                150); // 4.5 standard deviations
    EXPECT_NEAR(static_cast<double>(lost_late), 0.375 * packets / 2, 220);
    EXPECT_EQ(along.decide(of, {}, 1000s).loss_asked, 0.5);
}

TEST(Ramp, TheDropSaysWhatHeldAtThatTime)
{
    auto along = up_of(asked(R"({"loss": {"ramp": {"from": 1, "to": 0, "over": "10s"}}})"));
    const fate met = along.decide(along.open_flow("client"), {}, 0s);
    EXPECT_EQ(along.explain(met),
              "dropped by loss: asked 1 at that time, by the ramp, drawn 0.000000");
}

TEST(Ramp, ARateIsTheOneAtTheBeginningOfTheTransmission)
{
    auto along =
        up_of(asked(R"({"rate": {"ramp": {"from": "8kbit/s", "to": "16kbit/s", "over": "10s"}}})"));
    flow& of = along.open_flow("client");
    const std::vector<std::byte> packet(1000);
    EXPECT_EQ(along.decide(of, packet, 0s).delay, 1s);
    EXPECT_EQ(along.decide(of, packet, 0s).delay,
              1s + duration(909090909)); // begins after 1 s, at 8.8 kbit/s
    EXPECT_EQ(along.decide(of, packet, 100s).delay, 500ms);
}

TEST(Ramp, WrittenItReadsBackToTheSame)
{
    for (
        const char* text :
        {R"({"delay": {"ramp": {"from": "10ms", "to": "110ms", "over": "10s"}, "keep_order": true}})",
         R"({"loss": {"ramp": {"from": 0, "to": 0.5, "over": "1s", "every": "2s"}, "at_most_in_a_row": 2}})",
         R"({"rate": {"ramp": {"from": "8kbit/s", "to": "16kbit/s", "over": "10s"}}})",
         R"({"loss": {"trace": [0, 0.5, 1], "step": "200ms"}})",
         R"({"loss": {"trace": [0.5], "step": "200ms"}})",
         R"({"delay": {"trace": [["0s", "20ms"], ["1s", "80ms"], ["5s", "20ms"]]}})",
         R"({"schedule": [{"at": "2s", "every": "9s", "delay": {"ramp": {"from": "1ms", "to": "2ms", "over": "3s"}}},
                           {"at": "3s", "loss": {"ramp": {"from": 0, "to": 1, "over": "3s"}}}]})"}) {
        const auto options = asked(text);
        EXPECT_EQ(parse_link_options(to_json(options)), options) << to_json(options);
    }
}

TEST(Trace, ValuesWithTimesHoldUntilTheNextAndBeginAgain)
{
    const folder_with delays("d.csv",
                             "time_ms,delay_ms\n# a comment\n1000,20\n1500, 80ms\r\n\n3000,30.5\n");
    auto along = up_of(delays.read(R"({"delay": {"trace": "d.csv"}})"));
    // Times count from the first; the last value holds as long as the one before: 3.5 s in all.
    for (const duration lap : {0ms, 3500ms, 35000ms}) {
        EXPECT_EQ(delay_at(along, lap), 20ms);
        EXPECT_EQ(delay_at(along, lap + 499ms), 20ms);
        EXPECT_EQ(delay_at(along, lap + 500ms), 80ms);
        EXPECT_EQ(delay_at(along, lap + 2s), 30500us);
        EXPECT_EQ(delay_at(along, lap + 3499ms), 30500us);
    }
}

TEST(Trace, ValuesAloneHoldForASecondEachOrForTheStep)
{
    const folder_with losses("l", "0\n1\n0.25\n");
    const auto asked_at = [](lane& along, duration at) {
        return along.decide(along.open_flow("client"), {}, at).loss_asked;
    };
    auto seconds = up_of(losses.read(R"({"loss": {"trace": "l"}})"));
    auto steps = up_of(losses.read(R"({"loss": {"trace": "l", "step": "100ms"}})"));
    for (const int lap : {0, 3, 30}) {
        for (const auto& [place, value] : {std::pair{0, 0.0}, {1, 1.0}, {2, 0.25}}) {
            EXPECT_EQ(asked_at(seconds, lap * 1s + place * 1s + 999ms), value);
            EXPECT_EQ(asked_at(steps, lap * 100ms + place * 100ms + 99ms), value);
        }
    }
}

TEST(Trace, AMistakeInAFileIsToldWithItsLine)
{
    const auto told = [](const std::string& contents, const std::string& key) {
        return folder_with("f", contents).mistake_in(R"({")" + key + R"(": {"trace": "f"}})");
    };
    EXPECT_EQ(told("1\n2\nthree\n", "delay"), "/delay/trace: f, line 3: expected a delay in "
                                              "milliseconds, or with a unit, found \"three\"");
    EXPECT_EQ(told("0,0.1\n5,1.5\n", "loss"),
              "/loss/trace: f, line 2: expected a probability from 0 to 1, found \"1.5\"");
    EXPECT_EQ(
        told("0,1\n0,2\n", "delay"),
        "/delay/trace: f, line 2: expected a later time than in the line before, found \"0s\"");
    EXPECT_EQ(told("0,1\n7\n", "delay"), "/delay/trace: f, line 2: expected a time and a value in "
                                         "each line, or a value alone, found \"7\"");
    EXPECT_EQ(
        told("x,1\n5,1\n", "delay"),
        "/delay/trace: f, line 1: expected a time in milliseconds, or with a unit, found \"x\"");
    EXPECT_EQ(told("time,delay\n", "delay"), "/delay/trace: f has no values");
    EXPECT_EQ(told("", "loss"), "/loss/trace: f has no values");
    EXPECT_EQ(folder_with("f", "1").mistake_in(R"({"loss": {"trace": "g"}})"),
              "/loss/trace: cannot read g: there is no such file");
}

TEST(LossByMean, IsTheChainOfGilbertAndElliott)
{
    const auto loss = asked(R"({"loss": {"average": 0.05, "burst": 4}})").up.loss;
    EXPECT_TRUE(loss.bursts);
    EXPECT_DOUBLE_EQ(loss.r, 0.25);
    EXPECT_DOUBLE_EQ(loss.p, 0.25 * 0.05 / 0.95);
    EXPECT_NEAR(*loss.share(), 0.05, 1e-15);
}

TEST(LossByMean, LosesThatShareInBurstsOfThatLength)
{
    for (const auto& [average, burst] : {std::pair{0.05, 4.0}, {0.3, 1.5}, {0.01, 20.0}}) {
        auto along =
            up_of(parse_link_options({{"loss", {{"average", average}, {"burst", burst}}}}));
        flow& of = along.open_flow("client");
        constexpr int packets = 400'000;
        int lost = 0;
        int bursts = 0;
        bool before = false;
        for (int i = 0; i < packets; ++i) {
            const bool now = along.decide(of, {}, 0s).dropped;
            lost += now ? 1 : 0;
            bursts += now && !before ? 1 : 0;
            before = now;
        }
        // Bursts are geometric; their number varies by about its root, as does their mean length.
        const double expected_bursts = packets * average / burst;
        const double deviation = 5 / std::sqrt(expected_bursts);
        EXPECT_NEAR(lost, packets * average, packets * average * 2 * deviation) << average;
        EXPECT_NEAR(lost / static_cast<double>(bursts), burst, burst * deviation) << average;
    }
}

TEST(LossByMean, WhatNoChainCanDoIsRefused)
{
    const folder_with nothing("f", "");
    EXPECT_EQ(nothing.mistake_in(R"({"loss": {"average": 0.9, "burst": 4}})"),
              "/loss: bursts of 4 packets on average, with at least one packet between them, lose "
              "at most 0.8 "
              "of all; an average of 0.9 needs bursts of at least 9");
    EXPECT_EQ(nothing.mistake_in(R"({"loss": {"average": 1, "burst": 4}})"),
              "/loss/average: an average of 1 leaves no end to a burst; write 1 alone");
    EXPECT_EQ(nothing.mistake_in(R"({"loss": {"average": 0.1, "burst": 0.5}})"),
              "/loss/burst: expected packets that a burst loses, from 1, found 0.5");
    EXPECT_EQ(nothing.mistake_in(R"({"loss": {"average": 0.8, "burst": 4}})"), "none");
}
