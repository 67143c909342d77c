// The table of impairments: what each row must hold, whatever the impairment.
#include <set>

#include <gtest/gtest.h>

#include "sim/link/impairment/row.hpp"

using namespace badwire;
using namespace badwire::link;

namespace {

impairments read(const impairment_row& row, const nlohmann::ordered_json& value)
{
    return parse_link_options({{std::string(row.key), value}}).up;
}

// A value of each impairment that asks for something.
const nlohmann::ordered_json& example(const impairment_row& row)
{
    static const auto all = nlohmann::ordered_json::parse(R"({
        "loss": 0.5, "delay": {"uniform": ["1ms", "9ms"]}, "duplicate": 0.5, "reorder": 0.5,
        "corrupt": 0.5, "rate": "1Mbit/s", "aqm": "codel", "mtu": 100, "cut": true,
        "rebind": {"after_idle": "30s", "at": ["1s", "2s"]}, "exact": [{"nth": 2}],
        "tcp": {"refuse": 0.5}
    })");
    return all.at(std::string(row.key));
}

} // namespace

TEST(ImpairmentTable, WhatAsksForNothingIsTheDefault)
{
    for (const impairment_row& row : impairment_table()) {
        const auto nothing = read(row, nlohmann::ordered_json::parse(row.nothing));
        EXPECT_EQ(nothing, impairments{}) << row.key;
        EXPECT_FALSE(row.asked(nothing)) << row.key;
    }
}

TEST(ImpairmentTable, WhatIsWrittenReadsBackToTheSame)
{
    for (const impairment_row& row : impairment_table()) {
        const auto asked = read(row, example(row));
        EXPECT_TRUE(row.asked(asked)) << row.key;
        EXPECT_EQ(read(row, row.write(asked)), asked) << row.key;
    }
}

TEST(ImpairmentTable, EveryRowHasASchemaThatDescribesTheValue)
{
    for (const impairment_row& row : impairment_table()) {
        const auto schema = nlohmann::json::parse(row.schema);
        EXPECT_FALSE(schema.at("description").get<std::string>().empty()) << row.key;
        EXPECT_TRUE(schema.contains("type") || schema.contains("anyOf")) << row.key;
    }
}

TEST(ImpairmentTable, EveryCauseOfADropIsOfOneRowThatExplainsIt)
{
    std::set<std::string_view> names;
    for (std::size_t i = 1; i < causes; ++i) {
        const auto why = static_cast<cause>(i);
        EXPECT_TRUE(names.insert(to_string(why)).second) << to_string(why);
        EXPECT_EQ(std::ranges::count(impairment_table(), why, &impairment_row::drops_as),
                  why == cause::partition ? 0 : 1);
        EXPECT_NE(explain({}, {.dropped = true, .why = why}), "dropped") << to_string(why);
    }
}

TEST(ImpairmentTable, NothingAskedNeedsNothing)
{
    EXPECT_TRUE(leaves_datagrams_alone({}));
    EXPECT_FALSE(draws_by_contents({}));
    EXPECT_FALSE(needs_arrival_times({}));
}

TEST(ImpairmentTable, FaultsOfConnectionsLeaveDatagramsAlone)
{
    for (const impairment_row& row : impairment_table())
        EXPECT_EQ(leaves_datagrams_alone(read(row, example(row))), row.key == "tcp") << row.key;
}
