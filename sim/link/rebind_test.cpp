// A NAT that forgets its mappings, without a carrier: when it does, and what a lane makes of it.
#include <gtest/gtest.h>

#include "sim/link/nat_port.hpp"
#include "sim/link/options_json.hpp"

using namespace badwire::link;
using namespace std::chrono_literals;

namespace {

impairments asked(rebind_model model)
{
    impairments made;
    made.rebind = std::move(model);
    return made;
}

fate offer(lane& by, flow& of, duration now, mapping nat)
{
    const std::array<std::byte, 3> payload{};
    return by.decide(of, payload, now, coordinates::if_needed, 0, nat);
}

} // namespace

TEST(Rebind, AMappingIsForgottenAfterSoMuchSilence)
{
    const rebind_model model{.after_idle = 30s};
    EXPECT_FALSE(model.forgets(10s, 39s));
    EXPECT_TRUE(model.forgets(10s, 40s));
}

TEST(Rebind, AMappingIsForgottenAtGivenTimesAndThenOnlyOnce)
{
    const rebind_model model{.at = {2s, 5s}};
    EXPECT_FALSE(model.forgets(0s, 1999ms));
    EXPECT_TRUE(model.forgets(0s, 2s));
    EXPECT_FALSE(model.forgets(2s, 4s)) << "it was used since";
    EXPECT_TRUE(model.forgets(4s, 6s));
    EXPECT_FALSE(model.forgets(6s, 100s));
}

TEST(Rebind, APortThatWasNeverUsedIsNotForgotten)
{
    lane up(1, "wan", direction::up, asked({.after_idle = 1s}));
    nat_port port;
    EXPECT_FALSE(port.forgotten(up, 10s));
    port.use(10s);
    EXPECT_FALSE(port.forgotten(up, 10999ms));
    EXPECT_TRUE(port.forgotten(up, 11s));
}

TEST(Rebind, ASchedulesNatIsAskedAtTheTimeItHolds)
{
    lane up(1, "wan", direction::up, {}, {{.at = 5s, .now = asked({.after_idle = 1s})}});
    nat_port port;
    port.use(0s);
    EXPECT_FALSE(port.forgotten(up, 4s));
    EXPECT_TRUE(port.forgotten(up, 5s));
}

TEST(Rebind, ANewPortIsCountedAndExplained)
{
    lane up(1, "wan", direction::up, asked({.at = {2s}}));
    flow& client = up.open_flow("client");
    EXPECT_TRUE(offer(up, client, 1s, mapping::kept).untouched());
    const fate met = offer(up, client, 3s, mapping::renewed);
    EXPECT_FALSE(met.dropped);
    EXPECT_TRUE(met.rebound);
    EXPECT_EQ(up.explain(met),
              R"(from a new port: the NAT had forgotten the client's, rebind {"at":["2s"]})");
    EXPECT_EQ(up.count().rebound, 1u);
    EXPECT_EQ(up.count().dropped, 0u);
}

TEST(Rebind, WhatIsForAForgottenPortIsDroppedCountedAndExplained)
{
    lane down(1, "wan", direction::down, asked({.after_idle = 30s}));
    flow& client = down.open_flow("client");
    const fate met = offer(down, client, 31s, mapping::forgotten);
    EXPECT_EQ(met.why, cause::rebind);
    EXPECT_EQ(down.explain(met), "dropped: for a port that the NAT has forgotten, rebind "
                                 R"({"after_idle":"30s"})");
    EXPECT_EQ(down.count().dropped_by[static_cast<std::size_t>(cause::rebind)], 1u);
}

TEST(Rebind, MistakesAreNamed)
{
    const auto says = [](const char* text) {
        try {
            parse_link_options(nlohmann::ordered_json::parse(text));
        } catch (const badwire::mistake& wrong) {
            return wrong.pointer + ": " + wrong.what();
        }
        return std::string();
    };
    EXPECT_NE(says(R"({"rebind": {"after_idle": "0"}})").find("above zero"), std::string::npos);
    EXPECT_NE(says(R"({"rebind": {"at": "2s"}})").find("/rebind/at: expected times"),
              std::string::npos);
    EXPECT_NE(says(R"({"rebind": {"after": "2s"}})").find("after_idle"), std::string::npos);
    EXPECT_NE(says(R"({"rebind": true})").find("a NAT that forgets"), std::string::npos);
}
