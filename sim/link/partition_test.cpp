// Partitions of processes, and presets of links.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "impl/base/mistake.hpp"
#include "sim/link/link.hpp"
#include "sim/link/options_json.hpp"
#include "sim/link/presets.hpp"
#include "sim/link/strikes.hpp"

using namespace badwire::link;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

link_options parted(bool one_way = false)
{
    link_options made;
    made.partitions = {{"faults.1", 2s, 5s, {{"a", "b"}, {"c"}}, one_way}};
    made.goes_to = {{"a", "c"}, {"d", "c"}};
    return made;
}

fate offered(lane& along, std::string_view flow, duration at)
{
    return along.decide(along.open_flow(flow), {}, at);
}

} // namespace

TEST(Partition, NothingPassesBetweenDifferentGroups)
{
    lane up(1, "net", parted(), direction::up);
    EXPECT_FALSE(offered(up, "a>c", 1999ms).dropped);
    const fate met = offered(up, "a>c", 2s);
    EXPECT_EQ(met.why, cause::partition);
    EXPECT_EQ(up.explain(met), "dropped: partitioned: a and c are in different groups");
    EXPECT_EQ(up.explain(offered(up, "c>b", 3s)),
              "dropped: partitioned: c and b are in different groups");
    EXPECT_FALSE(offered(up, "a>b", 4s).dropped); // of the same group
    EXPECT_FALSE(offered(up, "d>c", 4s).dropped); // of none
    EXPECT_FALSE(offered(up, "a>c", 5s).dropped);
    EXPECT_EQ(up.count().dropped_by[static_cast<std::size_t>(cause::partition)], 2u);
    EXPECT_EQ(partitions_json(up.partitions()), (json{{"faults.1", 2}}));
}

TEST(Partition, AFlowOfOneProcessGoesToWhomItGoesAndBack)
{
    for (const auto which : {direction::up, direction::down}) {
        lane along(1, "wan", parted(), which);
        const fate met = offered(along, "a", 2s);
        EXPECT_EQ(along.explain(met),
                  which == direction::up ? "dropped: partitioned: a and c are in different groups"
                                         : "dropped: partitioned: c and a are in different groups");
        EXPECT_FALSE(offered(along, "d", 2s).dropped);
        EXPECT_TRUE(along.cuts(along.open_flow("a")));
        EXPECT_FALSE(along.cuts(along.open_flow("d")));
    }
}

TEST(Partition, OneWayOnlyTheFirstGroupIsNotHeard)
{
    lane up(1, "wan", parted(true), direction::up);
    lane down(1, "wan", parted(true), direction::down);
    EXPECT_EQ(up.explain(offered(up, "a", 2s)), "dropped: partitioned: nothing passes from a to c");
    EXPECT_FALSE(offered(down, "a", 2s).dropped);
}

TEST(Partition, ASenderThatTheFlowDoesNotSayIsTold)
{
    lane down(1, "wan", parted(), direction::down); // of a group: the flow is the receiver's
    flow& of = down.open_flow("b");
    const auto from = [&](std::string_view sender) {
        return down.decide(of, {}, 2s, coordinates::always, 0, mapping::kept, nullptr, sender)
            .dropped;
    };
    EXPECT_FALSE(from("a"));
    EXPECT_TRUE(from("c"));
    EXPECT_FALSE(from("d"));
}

TEST(Partition, ItsEdgesAreChangesAndHealingEndsIt)
{
    auto options = parted();
    heal(options, 3s);
    lane up(1, "wan", options, direction::up);
    EXPECT_EQ(up.next_change(), 2s);
    up.advance(2s);
    EXPECT_EQ(up.next_change(), 3s);
    EXPECT_FALSE(offered(up, "a>c", 3s).dropped);
    EXPECT_EQ(up.next_change(), duration::max());
}

TEST(Preset, EachIsReadInBothDirectionsAndNamesItsSources)
{
    for (const preset& one : presets()) {
        const auto read = parse_link_options({{"preset", one.name}});
        EXPECT_TRUE(read.up.rate.limited() && read.down.rate.limited()) << one.name;
        EXPECT_FALSE(read.up.delay.is_zero() || read.down.delay.is_zero()) << one.name;
        EXPECT_EQ(parse_link_options(to_json(read)), read) << one.name;
        EXPECT_FALSE(one.sources.empty()) << one.name;
        for (const auto& [of, from] : one.sources)
            EXPECT_FALSE(of.empty() || from.empty()) << one.name;
    }
}

TEST(Preset, TheKeysBesideItWin)
{
    const auto lte = parse_link_options(json::parse(R"({"preset": "lte"})"));
    const auto read = parse_link_options(
        json::parse(R"({"preset": "lte", "delay": "40ms", "down": {"rate": "1Mbit/s"}})"));
    EXPECT_EQ(read.up.delay, (delay_model{40ms, 40ms}));
    EXPECT_EQ(read.up.rate, lte.up.rate);
    EXPECT_EQ(read.down.rate.bits_per_second, 1e6);
}

TEST(Preset, AChangeMayBringAnother)
{
    const auto read = parse_link_options(json::parse(
        R"({"preset": "lte", "mtu": 1400, "schedule": [{"at": "5s", "preset": "3g", "down": {"loss": 0.5}}]})"));
    const auto umts = parse_link_options(json::parse(R"({"preset": "3g"})"));
    const impairments& after = read.down_changes.at(0).now;
    EXPECT_EQ(after.rate, umts.down.rate);
    EXPECT_EQ(after.delay, umts.down.delay);
    EXPECT_EQ(after.mtu, 1400u);
    EXPECT_EQ(after.loss, loss_model(0.5));
}

TEST(Preset, AnUnknownOneIsRefusedWithTheNearest)
{
    try {
        parse_link_options(json::parse(R"({"preset": "datacenter"})"));
        FAIL();
    } catch (const badwire::mistake& error) {
        EXPECT_EQ(error.pointer, "/preset");
        EXPECT_NE(std::string(error.what()).find("datacentre"), std::string::npos) << error.what();
    }
}
