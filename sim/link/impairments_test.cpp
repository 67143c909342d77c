// Duplicates, reordering, corruption, MTU, cut and exact rules do what they are asked to.
#include <bit>
#include <set>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "sim/link/options_json.hpp"
#include "sim/link/overtaking.hpp"
#include "sim/link/statistics_for_tests.hpp"

using namespace badwire::link;
using namespace badwire::link::testing;
using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::ElementsAre;

namespace {

constexpr int packets = 20'000;

std::span<const std::byte> bytes_of(std::string_view text)
{
    return std::as_bytes(std::span(text));
}

impairments asked(const std::string& text, const surroundings& around = {})
{
    return parse_link_options(json::parse(text), around).up;
}

// The numbers, from 1, of the packets among these that an exact rule drops.
std::vector<std::size_t> dropped(const impairments& wanted,
                                 const std::vector<std::string>& payloads,
                                 std::string_view flow = "client")
{
    lane along(1, "wan", direction::up, wanted);
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < payloads.size(); ++i)
        if (along.decide(along.open_flow(flow), bytes_of(payloads[i]), 0ns).dropped)
            found.push_back(i + 1);
    return found;
}

// A datagram of badwire's framed wire: kind and unit.
std::string framed(unsigned char kind, unsigned char unit)
{
    std::string made("\xBDWF\x01", 4);
    made += static_cast<char>(kind);
    made += std::string(3, '\0') + "sess" + std::string(3, '\0') + static_cast<char>(unit);
    return made + "sum.payload";
}

constexpr unsigned char data = 1;
constexpr unsigned char ack = 3;

} // namespace

TEST(Duplicate, TheAskedShareGetsTheAskedCopies)
{
    const auto met =
        fates_of(packets, 1,
                 asked(R"({"duplicate": {"probability": 0.1, "copies": [2, 3], "after": "1ms"}})"));
    std::size_t twice = 0;
    std::size_t thrice = 0;
    for (const fate& one : met) {
        EXPECT_TRUE(one.copies == 0 || one.copies == 2 || one.copies == 3);
        EXPECT_EQ(one.copy_after, 1ms);
        twice += one.copies == 2;
        thrice += one.copies == 3;
    }
    expect_share(twice + thrice, packets, 0.1);
    expect_share(twice, twice + thrice, 0.5);
}

TEST(Corrupt, TheAskedShareHasTheAskedNumberOfBitsFlipped)
{
    const auto wanted = asked(R"({"corrupt": {"probability": 0.2, "bits": [1, 4]}})");
    lane along(1, "wan", direction::up, wanted);
    flow& of = along.open_flow("client");
    std::size_t corrupted = 0;
    std::set<std::size_t> places;
    for (int i = 0; i < packets; ++i) {
        std::array<std::byte, 40> payload{};
        std::memcpy(payload.data(), &i, sizeof i);
        const auto before = payload;
        const fate met = along.decide(of, payload, 0ns);
        along.corrupt(of, met, payload);
        std::size_t flipped = 0;
        for (std::size_t at = 0; at < payload.size(); ++at) {
            const auto changed = std::to_integer<unsigned char>(payload[at] ^ before[at]);
            flipped += static_cast<std::size_t>(std::popcount(changed));
            if (changed != 0) places.insert(at);
        }
        EXPECT_EQ(flipped, met.flip_bits);
        EXPECT_LE(flipped, 4u);
        corrupted += flipped > 0;
    }
    expect_share(corrupted, packets, 0.2);
    EXPECT_EQ(places.size(), 40u); // everywhere
    EXPECT_EQ(along.count().corrupted, corrupted);
}

TEST(Corrupt, APacketOfNothingStaysAsItIs)
{
    lane along(1, "wan", direction::up, asked(R"({"corrupt": 1})"));
    const fate met = along.decide(along.open_flow("client"), {}, 0ns);
    EXPECT_EQ(met.flip_bits, 0);
    EXPECT_EQ(along.count().corrupted, 0u);
}

TEST(Reorder, TheAskedShareIsHeldBackForTheAskedNumber)
{
    const auto met =
        fates_of(packets, 1,
                 asked(R"({"reorder": {"probability": 0.1, "extent": [2, 5], "within": "9ms"}})"));
    std::map<int, std::size_t> by_extent;
    for (const fate& one : met) ++by_extent[one.overtakers];
    expect_share(packets - by_extent[0], packets, 0.1);
    EXPECT_EQ(by_extent.size(), 5u);
    for (int extent = 2; extent <= 5; ++extent)
        expect_share(by_extent[extent], packets - by_extent[0], 0.25);
}

TEST(Reorder, AHeldBackPacketFollowsItsLastOvertaker)
{
    overtaking<int> waiting;
    const auto late = waiting.hold(1, 2);
    const auto later = waiting.hold(2, 3);
    std::vector<int> released;
    const auto take = [&](const auto& slot) { released.push_back(**slot); };
    waiting.passed(take);
    EXPECT_THAT(released, ElementsAre());
    waiting.passed(take);
    EXPECT_THAT(released, ElementsAre(1));
    later->reset(); // its time has come
    waiting.passed(take);
    EXPECT_THAT(released, ElementsAre(1));
    EXPECT_TRUE(waiting.empty());
}

TEST(Mtu, WhatIsLargerIsDropped)
{
    const auto wanted = asked(R"({"mtu": 10})");
    EXPECT_THAT(dropped(wanted, {std::string(10, 'x'), std::string(11, 'x')}), ElementsAre(2));
}

TEST(Cut, NothingPasses)
{
    EXPECT_THAT(dropped(asked(R"({"cut": true})"), {"a", "b"}), ElementsAre(1, 2));
}

TEST(Exact, ByIndex)
{
    const std::vector<std::string> six{"a", "b", "c", "d", "e", "f"};
    EXPECT_THAT(dropped(asked(R"({"exact": [{"nth": 3}]})"), six), ElementsAre(3));
    EXPECT_THAT(dropped(asked(R"({"exact": [{"nth": [5, 1]}]})"), six), ElementsAre(1, 5));
    EXPECT_THAT(dropped(asked(R"({"exact": [{"nth": {"from": 2, "every": 2}}]})"), six),
                ElementsAre(2, 4, 6));
    EXPECT_THAT(dropped(asked(R"({"exact": [{"nth": {"to": 2}}]})"), six), ElementsAre(1, 2));
    EXPECT_THAT(dropped(asked(R"({"exact": [{"nth": 2}, {"nth": 3}, {"nth": 5}]})"), six),
                ElementsAre(2, 3, 5))
        << "each rule counts what others drop";
}

TEST(Exact, ByContents)
{
    const std::vector<std::string> three{"hello", "ACK 7", std::string("\0\x01zz", 4)};
    EXPECT_THAT(dropped(asked(R"({"exact": [{"match": {"text": "ACK"}}]})"), three),
                ElementsAre(2));
    EXPECT_THAT(dropped(asked(R"({"exact": [{"match": {"regex": "^h.*o$"}}]})"), three),
                ElementsAre(1));
    EXPECT_THAT(dropped(asked(R"({"exact": [{"match": {"bytes": "00 01"}}]})"), three),
                ElementsAre(3));
    EXPECT_THAT(dropped(asked(R"({"exact": [{"match": {"bytes": "7a", "offset": 3}}]})"), three),
                ElementsAre(3));
    EXPECT_THAT(dropped(asked(R"({"exact": [{"match": {"size": [5, 9]}}]})"), three),
                ElementsAre(1, 2));
}

TEST(Exact, TheSecondAckOfUnitSevenOnce)
{
    const std::vector<std::string> passing{
        framed(data, 7), framed(ack, 6), framed(ack, 7), framed(ack, 8),
        framed(ack, 7),  framed(ack, 7), "ack"};
    const auto wanted = asked(R"({"exact": [{"match": {"kind": "ack", "unit": 7}, "nth": 2}]})");
    EXPECT_THAT(dropped(wanted, passing), ElementsAre(5));
    const auto by_other_name = asked(R"({"exact": [{"match": {"kind": 3, "seq": 7}, "nth": 2}]})");
    EXPECT_THAT(dropped(by_other_name, passing), ElementsAre(5));
}

TEST(Exact, ByFieldsOfADeclaredWire)
{
    const surroundings around{.folder = {}, .wires = parse_wires(json::parse(R"(
        {"mine": {"starts_with": "aa",
                  "fields": [{"name": "number", "offset": 1, "size": 2, "endian": "little"},
                             {"name": "type", "offset": 3, "values": {"data": 1, "ack": 2}}]}})"))};
    const std::vector<std::string> passing{{"\xaa\x34\x12\x02", 4},
                                           {"\xaa\x12\x34\x02", 4},
                                           {"\xaa\x34\x12\x01", 4},
                                           {"\xbb\x34\x12\x02", 4},
                                           {"\xaa\x34", 2}};
    EXPECT_THAT(dropped(asked(R"({"exact": [{"match": {"type": "ack", "number": 4660}}]})", around),
                        passing),
                ElementsAre(1));
    EXPECT_THAT(dropped(asked(R"({"exact": [{"match": {"wire": "mine"}}]})", around), passing),
                ElementsAre(1, 2, 3, 5));
}

TEST(Exact, ARuleMayBeForOneFlow)
{
    const auto wanted = asked(R"({"exact": [{"nth": 1, "flow": "other"}]})");
    EXPECT_THAT(dropped(wanted, {"a"}, "client"), ElementsAre());
    EXPECT_THAT(dropped(wanted, {"a"}, "other"), ElementsAre(1));
}

TEST(Exact, OtherThingsThanDropsCanBeDone)
{
    lane along(1, "wan", direction::up,
               asked(R"({"delay": "1ms", "exact": [{"nth": 1, "action": {"delay": "200ms"}},
                   {"nth": 2, "action": "duplicate"}, {"nth": 3, "action": {"corrupt": 2}}]})"));
    flow& of = along.open_flow("client");
    const auto first = along.decide(of, bytes_of("a"), 0ns);
    EXPECT_EQ(first.delay, 201ms);
    EXPECT_EQ(first.exact, 1);
    EXPECT_EQ(along.decide(of, bytes_of("b"), 0ns).copies, 1);
    EXPECT_EQ(along.decide(of, bytes_of("c"), 0ns).flip_bits, 2);
    EXPECT_EQ(along.decide(of, bytes_of("d"), 0ns).exact, 0);
}

TEST(Explain, SaysRuleAskedDrawnAndOutcome)
{
    const auto wanted = asked(R"({"loss": 0.5, "delay": {"uniform": ["1ms", "9ms"]}})");
    EXPECT_EQ(explain(wanted,
                      {.dropped = true, .why = cause::loss, .loss_asked = 0.5, .loss_drawn = 0.25}),
              "dropped by loss: asked 0.5, drawn 0.250000");
    EXPECT_EQ(explain(wanted, {.delay = 5ms, .delay_drawn = 0.5}),
              R"(delayed by 5ms: asked {"uniform":["1ms","9ms"]}, drawn 0.500000)");
    EXPECT_EQ(explain(wanted, {}), "");
    EXPECT_EQ(explain(asked(R"({"exact": [{"nth": 2}]})"),
                      {.dropped = true, .why = cause::exact, .exact = 1}),
              R"(dropped by exact rule 1 {"nth":2})");
}
