// Decisions depend on contents and on how often they have passed, and on nothing else.
#include "sim/link/link.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "sim/link/keyed_hash.hpp"

using namespace badwire::link;
using namespace std::chrono_literals;

namespace {

const impairments lossy{.loss = 0.3, .delay = {1ms, 9ms}};

std::span<const std::byte> bytes_of(std::string_view text)
{
    return std::as_bytes(std::span(text));
}

std::vector<fate> fates(lane& along, std::string_view flow_name,
                        const std::vector<std::string>& packets)
{
    std::vector<fate> met;
    for (const auto& packet : packets)
        met.push_back(along.decide(along.open_flow(flow_name), bytes_of(packet), 0ns));
    return met;
}

std::vector<std::string> numbered_packets(int count)
{
    std::vector<std::string> packets;
    for (int i = 0; i < count; ++i) packets.push_back("unit " + std::to_string(i));
    return packets;
}

std::vector<fate> fates_on(std::uint64_t seed, std::string_view link, direction which,
                           std::string_view flow_name)
{
    lane along(seed, link, which, lossy);
    return fates(along, flow_name, numbered_packets(200));
}

} // namespace

TEST(Link, TheSameSeedIsTheSameNetwork)
{
    EXPECT_EQ(fates_on(7, "wan", direction::up, "client"),
              fates_on(7, "wan", direction::up, "client"));
}

TEST(Link, AnotherSeedLinkDirectionOrFlowIsAnotherNetwork)
{
    const auto reference = fates_on(7, "wan", direction::up, "client");
    EXPECT_NE(reference, fates_on(8, "wan", direction::up, "client"));
    EXPECT_NE(reference, fates_on(7, "lan", direction::up, "client"));
    EXPECT_NE(reference, fates_on(7, "wan", direction::down, "client"));
    EXPECT_NE(reference, fates_on(7, "wan", direction::up, "server"));
}

TEST(Link, NamesDoNotRunIntoEachOther)
{
    EXPECT_NE(flow_key(1, "ab", 0, "c"), flow_key(1, "a", 0, "bc"));
    EXPECT_NE(flow_key(1, "a", 0, ""), flow_key(1, "", 0, "a"));
}

TEST(Link, ThePublishedNumbersStayAsTheyAre)
{
    // Somebody's scenario may rely on its seed: these first numbers must never change.
    const auto key = flow_key(1, "wan", 0, "client");
    EXPECT_EQ(key, 2317956357253842425u);
    EXPECT_NEAR(draw(key, rule::loss, 2, 3), 0.107249, 1e-6);
}

TEST(Link, AnExtraRetransmissionShiftsNobodyElsesFate)
{
    lane plain(7, "wan", direction::up, lossy);
    lane retransmitting(7, "wan", direction::up, lossy);
    const auto packets = numbered_packets(500);
    for (std::size_t i = 0; i < packets.size(); ++i) {
        const fate reference = plain.decide(plain.open_flow("client"), bytes_of(packets[i]), 0ns);
        flow& of = retransmitting.open_flow("client");
        const fate met = retransmitting.decide(of, bytes_of(packets[i]), 0ns);
        EXPECT_EQ(met.dropped, reference.dropped) << packets[i];
        EXPECT_EQ(met.delay, reference.delay) << packets[i];
        EXPECT_EQ(met.at.occurrence, 0u);
        if (i % 3 == 0) {
            EXPECT_EQ(retransmitting.decide(of, bytes_of(packets[i]), 0ns).at.occurrence, 1u);
        }
    }
}

TEST(Link, TheSamePacketsInAnotherOrderMeetTheSameFates)
{
    auto packets = numbered_packets(300);
    lane forwards(7, "wan", direction::up, lossy);
    const auto reference = fates(forwards, "client", packets);
    std::reverse(packets.begin(), packets.end());
    lane backwards(7, "wan", direction::up, lossy);
    auto met = fates(backwards, "client", packets);
    std::reverse(met.begin(), met.end());
    for (std::size_t i = 0; i < met.size(); ++i) {
        EXPECT_EQ(met[i].dropped, reference[i].dropped);
        EXPECT_EQ(met[i].delay, reference[i].delay);
    }
}

TEST(Link, EachRepetitionOfTheSameContentsHasAFateOfItsOwn)
{
    lane along(7, "wan", direction::up, {.loss = 0.5, .delay = {}});
    const auto met = fates(along, "client", std::vector<std::string>(64, "hello"));
    const auto dropped = std::ranges::count(met, true, &fate::dropped);
    EXPECT_GT(dropped, 0);
    EXPECT_LT(dropped, 64);
    for (std::size_t i = 0; i < met.size(); ++i) {
        EXPECT_EQ(met[i].at.occurrence, i);
        EXPECT_EQ(met[i].at.index, i);
    }
}

TEST(Link, SkippingNeedlessCoordinatesChangesNoFate)
{
    for (const impairments& asked : {impairments{}, impairments{.loss = 1, .delay = {}},
                                     impairments{.loss = 0, .delay = {5ms, 5ms}},
                                     impairments{.loss = 0.5, .delay = {}}, lossy}) {
        lane always(7, "wan", direction::up, asked);
        lane if_needed(7, "wan", direction::up, asked);
        for (const auto& packet : numbered_packets(100)) {
            const fate a = always.decide(always.open_flow("f"), bytes_of(packet), 0ns);
            const fate b = if_needed.decide(if_needed.open_flow("f"), bytes_of(packet), 0ns,
                                            coordinates::if_needed);
            EXPECT_EQ(a.dropped, b.dropped);
            EXPECT_EQ(a.delay, b.delay);
            EXPECT_EQ(a.at.index, b.at.index);
        }
    }
}

TEST(Link, AnEmptyPacketIsAPacket)
{
    lane along(7, "wan", direction::up, lossy);
    EXPECT_EQ(along.decide(along.open_flow("f"), {}, 0ns).at.occurrence, 0u);
    EXPECT_EQ(along.decide(along.open_flow("f"), {}, 0ns).at.occurrence, 1u);
}

TEST(Link, CountersAddUpAndKnowWhatOvertookWhat)
{
    lane along(7, "wan", direction::up, {});
    flow& of = along.open_flow("f");
    for (int i = 0; i < 4; ++i) along.decide(of, bytes_of("abc"), 0ns);
    for (const std::uint64_t index : {1u, 0u, 3u, 2u}) along.delivered(of, index, 3);
    EXPECT_EQ(along.count(), (counters{.offered = 4,
                                       .delivered = 4,
                                       .reordered = 2,
                                       .offered_bytes = 12,
                                       .delivered_bytes = 12}));
}

TEST(Link, AForgottenFlowBeginsAnew)
{
    lane along(7, "wan", direction::up, lossy);
    const auto before = fates(along, "f", {"a", "a"});
    along.forget_flow(along.open_flow("f"));
    EXPECT_EQ(fates(along, "f", {"a", "a"}), before);
    EXPECT_EQ(along.count().offered, 4u);
}
