// Schedules that come again and again.
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "impl/base/mistake.hpp"
#include "sim/link/link.hpp"
#include "sim/link/options_json.hpp"

using namespace badwire::link;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

link_options asked(const std::string& text) { return parse_link_options(json::parse(text)); }

lane up_of(const link_options& options) { return {1, "wan", options, direction::up}; }

// What holds at each of these times, asked in their order.
std::vector<double> losses_at(lane& along, const std::vector<duration>& times)
{
    std::vector<double> losses;
    for (const duration at : times) {
        along.advance(at);
        losses.push_back(along.asked().loss.probability);
    }
    return losses;
}

std::string mistake_in(const std::string& text)
{
    try {
        parse_link_options(json::parse(text));
    } catch (const badwire::mistake& error) {
        return error.pointer + ": " + error.what();
    }
    return "none";
}

} // namespace

TEST(Schedule, AnEntryComesAgain)
{
    auto along = up_of(
        asked(R"({"schedule": [{"at": "2s", "for": "500ms", "every": "10s", "cut": true}]})"));
    std::vector<duration> changes;
    for (int i = 0; i < 6; ++i) {
        changes.push_back(along.next_change());
        along.advance(changes.back());
        EXPECT_EQ(along.asked().cut, i % 2 == 0) << i;
    }
    EXPECT_EQ(changes, (std::vector<duration>{2s, 2500ms, 12s, 12500ms, 22s, 22500ms}));
}

TEST(Schedule, ItTakesNoMoreMemoryTheLongerItLasts)
{
    const auto options =
        asked(R"({"schedule": [{"at": "2s", "for": "500ms", "every": "10s", "cut": true}]})");
    EXPECT_EQ(options.up_changes.size(), 2u);
    EXPECT_EQ(options.up_again, (repetition{0, 2, 10s}));
    auto along = up_of(options);
    along.advance(1'000'000h + 1s); // a multiple of ten seconds, and one
    EXPECT_FALSE(along.asked().cut);
    EXPECT_EQ(along.next_change(), 1'000'000h + 2s);
    along.advance(along.next_change());
    EXPECT_TRUE(along.asked().cut);
}

TEST(Schedule, AChangeForGoodIsMadeAgain)
{
    auto along = up_of(asked(R"({"schedule": [{"at": "0s", "every": "4s", "loss": 0.1},
                                              {"at": "1s", "every": "4s", "loss": 0.2}]})"));
    EXPECT_EQ(losses_at(along, {0s, 999ms, 1s, 3999ms, 4s, 5s, 400s, 401s}),
              (std::vector<double>{0.1, 0.1, 0.2, 0.2, 0.1, 0.2, 0.1, 0.2}));
}

TEST(Schedule, AWholeScheduleBeginsAgainFromWhatTheLinkAsksFor)
{
    auto along = up_of(asked(R"({"loss": 0.01, "schedule":
        {"every": "10s", "changes": [{"at": "2s", "loss": 0.5}, {"at": "4s", "for": "1s", "loss": 1}]}})"));
    EXPECT_EQ(losses_at(along, {0s, 2s, 4s, 5s, 10s, 12s, 14s, 15s, 20s}),
              (std::vector<double>{0.01, 0.5, 1, 0.5, 0.01, 0.5, 1, 0.5, 0.01}));
}

TEST(Schedule, SeveralPeriodsMeetAgainAfterTheirLeastCommonMultiple)
{
    const auto options =
        asked(R"({"schedule": [{"at": "0s", "for": "1s", "every": "4s", "loss": 0.4},
                                                {"at": "0s", "for": "1s", "every": "6s", "loss": 0.6}]})");
    EXPECT_EQ(options.up_again.every, 12s);
    auto along = up_of(options);
    EXPECT_EQ(losses_at(along, {500ms, 4500ms, 6500ms, 8500ms, 12500ms, 16500ms, 18500ms}),
              (std::vector<double>{0.6, 0.4, 0.6, 0.4, 0.6, 0.4, 0.6}));
}

TEST(Schedule, WhatComesOnceStandsBesideWhatComesAgain)
{
    auto along = up_of(asked(R"({"schedule": [{"at": "1s", "every": "10s", "loss": 0.1},
                                              {"at": "15s", "delay": "5ms"},
                                              {"at": "16s", "loss": 0.9}]})"));
    EXPECT_EQ(losses_at(along, {1s, 15s, 16s, 20s, 21s, 1001s}),
              (std::vector<double>{0.1, 0.1, 0.9, 0.9, 0.1, 0.1}));
    EXPECT_EQ(along.asked().delay.first, 5ms);
}

TEST(Schedule, ItComesAgainUntilATime)
{
    auto along = up_of(asked(
        R"({"schedule": [{"at": "1s", "for": "1s", "every": "2s", "until": "6s", "loss": 1}]})"));
    EXPECT_EQ(losses_at(along, {1s, 2s, 3s, 5s, 6s, 7s, 9s}),
              (std::vector<double>{1, 0, 1, 1, 0, 0, 0}));
    EXPECT_EQ(along.next_change(), duration::max());
}

TEST(Schedule, AHealedLinkStaysClean)
{
    auto options = asked(
        R"({"loss": 0.1, "schedule": [{"at": "1s", "for": "1s", "every": "3s", "cut": true}]})");
    heal(options, 8s);
    auto along = up_of(options);
    for (const auto& [at, cut] : {std::pair<duration, bool>{1s, true},
                                  {4s, true},
                                  {7s, true},
                                  {8s, false},
                                  {10s, false},
                                  {100s, false}}) {
        along.advance(at);
        EXPECT_EQ(along.asked().cut, cut) << at.count();
    }
    EXPECT_EQ(along.asked(), impairments{});
}

// What a schedule means, said without a list of changes: the latest entry that ever began and holds.
TEST(Schedule, AnySetOfEntriesHoldsWhatItsWordsSay)
{
    std::mt19937 random(7);
    const auto draw = [&](int least, int most) {
        return std::uniform_int_distribution<int>(least, most)(random);
    };
    for (int round = 0; round < 200; ++round) {
        struct entry {
            int at, lasts, every;
            double loss;
        };
        std::vector<entry> entries;
        json schedule = json::array();
        for (int i = draw(1, 4); i > 0; --i) {
            constexpr std::array periods{2, 3, 4, 6, 12};
            const int every = draw(0, 3) == 0 ? 0 : periods[static_cast<std::size_t>(draw(0, 4))];
            const int lasts = draw(0, 1) == 0 ? 0 : draw(1, every > 0 ? every - 1 : 9);
            entries.push_back({draw(0, 15), lasts, every, i / 10.0});
            json one{{"at", fmt::format("{}s", entries.back().at)}, {"loss", entries.back().loss}};
            if (lasts > 0) one["for"] = fmt::format("{}s", lasts);
            if (every > 0) one["every"] = fmt::format("{}s", every);
            schedule.push_back(one);
        }
        const auto expected_at = [&](int second) {
            int good_since = -1;
            int while_since = -1;
            double good = 0;
            double passing = 0;
            for (const entry& one : entries) {
                if (one.at > second) continue;
                const int began = one.every > 0 ? second - (second - one.at) % one.every : one.at;
                if (one.lasts == 0 && began >= good_since) good_since = began, good = one.loss;
                if (one.lasts > 0 && began + one.lasts > second && began >= while_since)
                    while_since = began, passing = one.loss;
            }
            return while_since >= 0 ? passing : good;
        };
        const auto options = parse_link_options({{"schedule", schedule}});
        const auto again = parse_link_options(to_json(options));
        EXPECT_EQ(again, options) << schedule;
        auto along = up_of(options);
        for (int second = 0; second < 120; second += draw(1, 3)) {
            along.advance(std::chrono::seconds(second) + 1ms);
            ASSERT_EQ(along.asked().loss.probability, expected_at(second))
                << schedule << " at " << second;
        }
    }
}

TEST(Schedule, WhatCannotComeAgainIsRefused)
{
    EXPECT_EQ(mistake_in(R"({"schedule": [{"at": "1s", "every": "0s", "cut": true}]})"),
              R"(/schedule/0/every: expected a time above zero, found "0s")");
    EXPECT_EQ(
        mistake_in(R"({"schedule": [{"at": "1s", "for": "3s", "every": "2s", "cut": true}]})"),
        "/schedule/0/every: holds for 3s and comes again after 2s; expected \"for\" to be less "
        "than "
        "\"every\"");
    EXPECT_EQ(mistake_in(R"({"schedule": [{"at": "1s", "until": "2s", "cut": true}]})"),
              "/schedule/0/until: \"until\" also needs a key \"every\"");
    EXPECT_EQ(
        mistake_in(R"({"schedule": {"every": "2s", "changes": [{"at": "2s", "cut": true}]}})"),
        R"(/schedule/changes/0/at: expected a time before the schedule begins again, found "2s")");
    EXPECT_EQ(
        mistake_in(
            R"({"schedule": {"every": "2s", "changes": [{"at": "1s", "every": "1s", "cut": true}]}})"),
        "/schedule/changes/0/every: the whole schedule comes again already");
    EXPECT_EQ(
        mistake_in(R"({"schedule": {"every": "2s"}})"),
        R"(/schedule: expected {"every": "10s", "changes": [{"at": "2s", "cut": true}]}, found {"every":"2s"})");
    EXPECT_EQ(
        mistake_in(R"({"schedule": [{"at": "0s", "for": "1ms", "every": "7001ms", "cut": true},
                                          {"at": "0s", "for": "1ms", "every": "6997ms", "cut": true}]})"),
        "/schedule: comes again in the same order only after 48985.997s, which takes more than "
        "10000 "
        "changes; expected times that divide one another");
}
