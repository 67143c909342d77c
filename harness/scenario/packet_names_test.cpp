#include "harness/scenario/packet_names.hpp"

#include <gtest/gtest.h>

#include "sim/link/link.hpp"
#include "sim/link/options_json.hpp"
#include "sim/link/packet_watcher.hpp"

using namespace badwire;
using namespace badwire::harness;
using namespace std::chrono_literals;

namespace {

using link::segment;
namespace flags = link::tcp_flags;

struct packet {
    std::string flow;
    std::string text; // of a datagram, or the data of a segment
    std::optional<link::segment> tcp{};
};

packet data(const std::string& flow, std::uint64_t from, const std::string& text,
            std::uint8_t more = 0)
{
    return {flow, text,
            segment{from, static_cast<std::uint32_t>(text.size()),
                    static_cast<std::uint8_t>(flags::ack | more)}};
}

std::vector<std::byte> payload_of(const packet& one)
{
    std::vector<std::byte> made;
    if (one.tcp) {
        const auto header = link::canonical_header(*one.tcp);
        made.assign(header.begin(), header.end());
    }
    for (const char c : one.text) made.push_back(std::byte(c));
    return made;
}

// Which packets a rule drops, of all that go over a link.
std::vector<std::size_t> dropped_by(const json& rule, const std::vector<packet>& all)
{
    json options;
    options["exact"] = json::array({rule});
    link::lane lane(1, "wan", link::direction::up, link::parse_link_options(options).up);
    std::vector<std::size_t> dropped;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto payload = payload_of(all[i]);
        link::flow& flow = lane.open_flow(all[i].flow);
        const auto met = lane.decide(flow, payload, 1ms * i, link::coordinates::always,
                                     lane.foresee(flow, payload, link::coordinates::always),
                                     link::mapping::kept, all[i].tcp ? &*all[i].tcp : nullptr);
        if (met.dropped) dropped.push_back(i);
    }
    return dropped;
}

// Two flows, datagrams among segments, data sent again: cut otherwise, and with the FIN behind them.
std::vector<packet> traffic()
{
    const segment syn{.flags = flags::syn}, ack{.sequence = 1, .flags = flags::ack};
    const segment fin{.sequence = 12, .flags = flags::fin | flags::ack}, rst{12, 0, flags::rst};
    return {{"a", "", syn},
            {"a", "hello"},
            {"b", "", syn},
            {"a", "", syn},
            {"b", "arp", segment{}},
            {"a", "", ack},
            data("a", 1, "hello"),
            data("b", 1, "hello"),
            data("a", 6, "world!"),
            data("a", 1, "hello"),
            data("a", 1, "hello world!", flags::fin),
            data("a", 6, "world!", flags::fin),
            {"a", "hello"},
            {"a", "", fin},
            {"a", "", ack},
            {"b", "", fin},
            {"a", "hey", segment{0, 3, flags::syn}}, // fast open
            {"a", "", rst}};
}

} // namespace

TEST(PacketNames, ARuleStrikesJustThePacketThatItNames)
{
    const auto all = traffic();
    packet_names names(link::own_wires());
    for (std::size_t i = 0; i < all.size(); ++i) {
        const json rule =
            names.next("wan", link::direction::up, all[i].flow, payload_of(all[i]), all[i].tcp);
        if (all[i].tcp && all[i].tcp->neither()) {
            EXPECT_TRUE(rule.is_null()) << rule;
            continue;
        }
        EXPECT_EQ(dropped_by(rule, all), (std::vector<std::size_t>{i})) << rule;
    }
}

TEST(PacketNames, SoDoesTheRuleOfItsPlaceAlone)
{
    const auto all = traffic();
    link::packet_numbers numbers;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const segment* const tcp = all[i].tcp ? &*all[i].tcp : nullptr;
        const json rule = numbered(numbers.next(link::direction::up, tcp), all[i].tcp);
        if (!rule.is_null()) {
            EXPECT_EQ(dropped_by(rule, all), (std::vector<std::size_t>{i})) << rule;
        }
    }
}

TEST(PacketNames, ASegmentIsNamedByWhatItIs)
{
    packet_names names(link::own_wires());
    const auto named = [&](const packet& one) {
        return names.next("wan", link::direction::up, one.flow, payload_of(one), one.tcp).dump();
    };
    EXPECT_EQ(named({"a", "", segment{.flags = flags::syn}}),
              R"({"tcp":"syn","flow":"a","nth":1})");
    EXPECT_EQ(named({"a", "", segment{.flags = flags::syn}}),
              R"({"tcp":"syn","flow":"a","nth":2})");
    EXPECT_EQ(named(data("a", 1461, "hello")),
              R"({"tcp":{"kind":"data","from_byte":1461},"flow":"a","nth":1})");
    EXPECT_EQ(packet_words(payload_of(data("a", 1, "hello")), link::own_wires(),
                           data("a", 1, "hello").tcp),
              "data 1:6");
}
