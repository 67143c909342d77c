#include "sim/link/segment.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "impl/base/json_text.hpp"
#include "impl/base/mistake.hpp"
#include "sim/link/link.hpp"
#include "sim/link/options_json.hpp"
#include "sim/link/packet_watcher.hpp"

using namespace badwire;
using namespace badwire::link;
using namespace std::chrono_literals;

namespace {

constexpr segment syn{.flags = tcp_flags::syn};
constexpr segment syn_ack{.flags = tcp_flags::syn | tcp_flags::ack};
constexpr segment ack{.sequence = 1, .flags = tcp_flags::ack};
constexpr segment fin{.sequence = 3001, .flags = tcp_flags::fin | tcp_flags::ack};
constexpr segment rst{.sequence = 7, .flags = tcp_flags::rst | tcp_flags::ack};

constexpr segment data(std::uint64_t from, std::uint32_t bytes, std::uint8_t more = 0)
{
    return {from, bytes, static_cast<std::uint8_t>(tcp_flags::ack | more)};
}

// One direction of a link with these rules, to which segments are offered one after the other.
struct wire {
    explicit wire(const char* rules)
        : along(1, "wan", direction::up,
                parse_link_options(
                    nlohmann::ordered_json{{"exact", nlohmann::ordered_json::parse(rules)}})
                    .up)
    {
    }

    fate offer(const segment& what, std::string_view text = {}, std::string_view from = "client")
    {
        const auto header = canonical_header(what);
        std::vector<std::byte> canonical(header.begin(), header.end());
        for (std::size_t i = 0; i < what.bytes; ++i)
            canonical.push_back(i < text.size() ? std::byte(text[i]) : std::byte{'.'});
        flow& of = along.open_flow(from);
        return along.decide(of, canonical, now += 1ms, coordinates::always,
                            along.foresee(of, canonical, coordinates::always), mapping::kept,
                            &what);
    }
    fate datagram(std::string_view text)
    {
        return along.decide(along.open_flow("client"), std::as_bytes(std::span(text)), now += 1ms);
    }

    /// Which of them were dropped, in order.
    std::vector<bool> dropped(const std::vector<segment>& all)
    {
        std::vector<bool> made;
        for (const segment& one : all) made.push_back(offer(one).dropped);
        return made;
    }

    lane along;
    duration now{0};
};

} // namespace

TEST(Segment, HasWordsForPeople)
{
    EXPECT_EQ(words_of(syn), "syn");
    EXPECT_EQ(words_of(syn_ack), "syn-ack");
    EXPECT_EQ(words_of(data(1, 1460)), "data 1:1461");
    EXPECT_EQ(words_of(data(1461, 39, tcp_flags::fin)), "data 1461:1500 fin");
    EXPECT_EQ(words_of(ack), "ack");
    EXPECT_EQ(words_of(fin), "fin");
    EXPECT_EQ(words_of(rst), "rst");
    EXPECT_EQ(words_of({.sequence = 0, .bytes = 5, .flags = tcp_flags::syn}), "syn data 1:6");
    EXPECT_EQ(words_of({}), "other");
}

TEST(Segment, ItsCanonicalHeaderHoldsItsNumberAndTheFlagsThatDoNotDependOnTiming)
{
    const auto header = canonical_header({.sequence = 0x1'2345'6789, .bytes = 3, .flags = 0xff});
    EXPECT_EQ(header[4], std::byte{0x23});
    EXPECT_EQ(header[7], std::byte{0x89});
    EXPECT_EQ(header[12], std::byte{0x50});
    EXPECT_EQ(header[13], std::byte{0x17});
    EXPECT_EQ(std::ranges::count(header, std::byte{0}), 14);
}

TEST(ExactSegments, TheSecondSynIsDroppedAndNothingElse)
{
    wire on(R"([{"tcp": "syn", "nth": 2}])");
    EXPECT_EQ(on.dropped({syn, syn, syn, syn_ack, data(1, 10), ack, fin, rst}),
              (std::vector<bool>{0, 1, 0, 0, 0, 0, 0, 0}));
    EXPECT_EQ(on.offer(syn).why, cause::none);
    EXPECT_EQ(on.along.struck().rules.at(0).matched, 4u);
}

TEST(ExactSegments, EachKindIsChosenByItsWord)
{
    const std::vector<segment> all{
        syn, syn_ack, data(1, 10), ack, fin, rst, data(11, 5, tcp_flags::fin)};
    const auto struck = [&](const std::string& word) {
        return wire(("[{\"tcp\": \"" + word + "\"}]").c_str()).dropped(all);
    };
    EXPECT_EQ(struck("syn"), (std::vector<bool>{1, 0, 0, 0, 0, 0, 0}));
    EXPECT_EQ(struck("syn-ack"), (std::vector<bool>{0, 1, 0, 0, 0, 0, 0}));
    EXPECT_EQ(struck("data"), (std::vector<bool>{0, 0, 1, 0, 0, 0, 1}));
    EXPECT_EQ(struck("ack"), (std::vector<bool>{0, 0, 0, 1, 0, 0, 0}));
    EXPECT_EQ(struck("fin"), (std::vector<bool>{0, 0, 0, 0, 1, 0, 1}));
    EXPECT_EQ(struck("rst"), (std::vector<bool>{0, 0, 0, 0, 0, 1, 0}));
    EXPECT_EQ(struck("any"), (std::vector<bool>{1, 1, 1, 1, 1, 1, 1}));
}

TEST(ExactSegments, DataIsChosenByItsBytesHoweverItWasCut)
{
    wire carries(R"([{"tcp": {"kind": "data", "byte": 2000}}])");
    EXPECT_EQ(carries.dropped({data(1, 1999), data(2000, 1), data(1, 4000), data(2001, 5), ack}),
              (std::vector<bool>{0, 1, 1, 0, 0}));
    wire begins(R"([{"tcp": {"from_byte": 2000}, "nth": {"from": 2}}])");
    EXPECT_EQ(
        begins.dropped({data(2000, 5), data(1, 4000), data(2000, 7), {2000, 0, tcp_flags::ack}}),
        (std::vector<bool>{0, 0, 1, 0}));
}

TEST(ExactSegments, AMatchIsAboutTheDataThatASegmentCarries)
{
    wire on(R"([{"tcp": "data", "match": {"regex": "^PUT ", "size": 9}}])");
    EXPECT_FALSE(on.offer(data(1, 9), "GET a.txt").dropped);
    EXPECT_TRUE(on.offer(data(10, 9), "PUT a.txt").dropped);
    EXPECT_FALSE(on.offer(data(19, 10), "PUT a.txt").dropped);
}

TEST(ExactSegments, RulesOfDatagramsAndOfSegmentsDoNotMeet)
{
    wire of_datagrams(R"([{"nth": 1}])");
    EXPECT_FALSE(of_datagrams.offer(syn).dropped);
    EXPECT_TRUE(of_datagrams.datagram("x").dropped);
    wire of_segments(R"([{"tcp": "any", "nth": 1}])");
    EXPECT_FALSE(of_segments.datagram("x").dropped);
    EXPECT_TRUE(of_segments.offer(syn).dropped);
}

TEST(ExactSegments, NoRuleIsAboutWhatIsNeitherDatagramNorSegment)
{
    wire on(R"([{"nth": 1}, {"tcp": "any"}])");
    EXPECT_FALSE(on.offer(segment{}).dropped);
    EXPECT_TRUE(on.datagram("the first").dropped);
    EXPECT_TRUE(on.offer(ack).dropped);
}

TEST(PacketNumbers, AreThoseOfExactRules)
{
    packet_numbers numbers;
    const segment other{};
    EXPECT_EQ(numbers.next(direction::up, nullptr), 1u);
    EXPECT_EQ(numbers.next(direction::up, &syn), 1u);
    EXPECT_EQ(numbers.next(direction::up, &other), 1u);
    EXPECT_EQ(numbers.next(direction::down, nullptr), 1u);
    EXPECT_EQ(numbers.next(direction::up, nullptr), 2u);
    EXPECT_EQ(numbers.next(direction::up, &ack), 2u);
}

TEST(ExactSegments, ARuleOfOneFlowCountsOnlyIts)
{
    wire on(R"([{"tcp": "data", "nth": 2, "flow": "b", "action": {"delay": "30ms"}}])");
    EXPECT_EQ(on.offer(data(1, 10), {}, "a").delay, 0ms);
    EXPECT_EQ(on.offer(data(1, 10), {}, "b").delay, 0ms);
    EXPECT_EQ(on.offer(data(11, 10), {}, "a").delay, 0ms);
    EXPECT_EQ(on.offer(data(11, 10), {}, "b").delay, 30ms);
}

TEST(ExactSegments, ARuleIsWrittenAsItWasRead)
{
    const auto asked = nlohmann::ordered_json::parse(
        R"({"exact": [{"tcp": {"kind": "data", "byte": 5000}, "nth": 2}, {"tcp": "fin"}]})");
    const link_options read = parse_link_options(asked);
    EXPECT_EQ(read.up.exact.at(0).tcp->kind, segment_kind::data);
    EXPECT_EQ(read.up.exact.at(0).tcp->byte, 5000u);
    EXPECT_EQ(parse_link_options(to_json(read)), read);
}

TEST(ExactSegments, MistakesAreNamed)
{
    for (const char* wrong : {R"("sync")", R"(7)", R"({})", R"({"kind": "sin"})", R"({"byte": 0})",
                              R"({"from_byte": -1})", R"({"offset": 1})"})
        EXPECT_THROW(wire((std::string(R"([{"tcp": )") + wrong + "}]").c_str()), mistakes) << wrong;
}
