#include "sim/link/trace.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace badwire::link;
using namespace std::chrono_literals;

TEST(Trace, ADeliveredPacketSaysItsDelay)
{
    const fate decided{.delay = 5ms,
                       .at = {.content = 0x9f86d081884c7d65, .occurrence = 2, .index = 7}};
    EXPECT_EQ(
        trace_line(1us, "wan", direction::up, "client", 109, decided),
        R"({"time_ns":1000,"link":"wan","direction":"up","flow":"client","index":7,"bytes":109,)"
        R"("content":"9f86d081884c7d65","occurrence":2,"fate":"delivered","delay_ns":5000000})");
}

TEST(Trace, ADroppedPacketSaysByWhichRule)
{
    const fate decided{

        .dropped = true,
        .why = cause::loss,
        .at = {.content = 1, .occurrence = 0, .index = 0},
        .loss_asked = 0.05,
        .loss_drawn = 0.0123};
    EXPECT_EQ(trace_line(0ns, "wan", direction::down, "1", 0, decided),
              R"({"time_ns":0,"link":"wan","direction":"down","flow":"1","index":0,"bytes":0,)"
              R"("content":"0000000000000001","occurrence":0,"fate":"dropped","rule":"loss",)"
              R"("asked":0.05,"drawn":0.0123})");
}

TEST(Trace, WhateverElseHappenedIsSaid)
{
    const fate decided{
        .exact = 2, .copies = 1, .flip_bits = 3, .overtakers = 4, .delay = 5ms, .queued = 1ms};
    const auto read = nlohmann::json::parse(trace_line(0ns, "wan", direction::up, "1", 9, decided));
    EXPECT_EQ(read.at("fate"), "delivered");
    EXPECT_EQ(read.at("queued_ns"), 1'000'000);
    EXPECT_EQ(read.at("copies"), 1);
    EXPECT_EQ(read.at("flipped_bits"), 3);
    EXPECT_EQ(read.at("overtakers"), 4);
    EXPECT_EQ(read.at("exact"), 2);
    const auto dropped = nlohmann::json::parse(
        trace_line(0ns, "wan", direction::up, "1", 9, {.dropped = true, .why = cause::mtu}));
    EXPECT_EQ(dropped.at("rule"), "mtu");
}

TEST(Trace, WhatCouldNotBeHandedOnSaysWhy)
{
    EXPECT_EQ(undeliverable_line(3ns, "wan", direction::up, "1", 9, 4, "Message too long"),
              R"({"time_ns":3,"link":"wan","direction":"up","flow":"1","index":4,"bytes":9,)"
              R"("fate":"undeliverable","reason":"Message too long"})");
}

TEST(Trace, EveryLineIsJsonWhateverTheNames)
{
    const fate decided{.dropped = true, .why = cause::loss, .loss_asked = 1, .loss_drawn = 1e-17};
    const auto read =
        nlohmann::json::parse(trace_line(0ns, "a\"b\\\n\xff", direction::up, "ü", 1, decided));
    EXPECT_EQ(read.at("link"), "a\"b\\\n\xef\xbf\xbd");
    EXPECT_EQ(read.at("flow"), "ü");
    EXPECT_EQ(read.at("drawn"), 1e-17);
    EXPECT_EQ(read.at("asked"), 1);
}
