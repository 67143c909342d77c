#include "sim/link/fidelity.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "impl/base/share.hpp"
#include "sim/link/statistics_for_tests.hpp"

using namespace badwire::link;
using badwire::link::testing::gilbert_elliott;
using namespace std::chrono_literals;

namespace {

counters lost(std::uint64_t losses, std::uint64_t offered)
{
    counters made;
    made.offered = offered;
    made.dropped = losses;
    made.dropped_by[static_cast<std::size_t>(cause::loss)] = losses;
    return made;
}

} // namespace

TEST(Fidelity, LossIsThatOfTheWire)
{
    counters count = lost(10, 250);
    count.dropped += 50; // by other rules: these packets never met the loss
    count.dropped_by[static_cast<std::size_t>(cause::queue)] = 50;
    const auto told = fidelity_json({.loss = 0.05}, false, count, {}).at("loss");
    EXPECT_EQ(told.at("asked"), 0.05);
    EXPECT_EQ(told.at("achieved"), 0.05);
    EXPECT_NEAR(told.at("low"), badwire::wilson(10, 200).low, 1e-12);
}

TEST(Fidelity, BurstsSayLessThanIndependentLosses)
{
    const auto width = [](const loss_model& asked) {
        const auto told = fidelity_json({.loss = asked}, false, lost(100, 1000), {}).at("loss");
        return told.at("high").get<double>() - told.at("low").get<double>();
    };
    EXPECT_GT(width(gilbert_elliott(0.02, 0.18)), 2 * width(0.1));
}

TEST(Fidelity, DelayIsAskedDecidedAndAchieved)
{
    delay_statistics delays;
    delays.add(5ms, 4ms);
    delays.add(7ms, 6ms);
    const auto told = fidelity_json({.delay = {0ms, 9ms}}, false, {}, delays).at("delay_ms");
    EXPECT_NEAR(told.at("asked"), 4.5, 1e-3);
    EXPECT_EQ(told.at("decided"), 5);
    EXPECT_EQ(told.at("achieved"), 6);
    EXPECT_NEAR(told.at("high").get<double>() - 6, 1.96, 1e-2); // variance 2 of two samples
    EXPECT_EQ(told.at("samples"), 2);
    EXPECT_EQ(told.at("effective_samples"), 2);
}

TEST(Fidelity, WhatThereIsNoNumberForIsNull)
{
    const auto told =
        fidelity_json({.loss = 0.5, .delay = delay_model::pareto(1ms, 0.9)}, true, {}, {});
    EXPECT_TRUE(told.at("loss").at("asked").is_null());
    EXPECT_TRUE(told.at("loss").at("achieved").is_null());
    EXPECT_TRUE(told.at("delay_ms").at("asked").is_null());
    EXPECT_TRUE(told.at("delay_ms").at("achieved").is_null());
}
