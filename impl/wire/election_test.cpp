#include "impl/wire/election.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "impl/base/bytes.hpp"
#include "impl/wire/transfer.hpp"

namespace badwire::wire {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr net::time_point start{};

election electorate(std::uint64_t id, candidate vote, net::time_point now = start,
                    std::uint16_t electorates = 2)
{
    return election({.electorates = electorates, .id = id, .vote = vote}, now);
}

// Lets electorates talk: each hears all others' datagrams, and loses each with that chance.
struct meeting {
    std::vector<election> members;
    net::random_source random;
    double loss;
    net::time_point now = start;

    bool finish(net::duration within)
    {
        while (now < start + within) {
            auto next = net::never;
            for (const auto& one : members)
                if (!one.finished()) next = std::min(next, one.deadline());
            if (next == net::never) return true;
            now = next;
            for (auto& one : members) {
                const auto said = one.on_time(now);
                if (said.empty()) continue;
                for (auto& other : members)
                    if (!other.finished() && static_cast<double>(random.below(1000)) >= loss * 1000)
                        other.on_datagram(said, now);
            }
        }
        return false;
    }
};

TEST(Election, AllAgreeOnTheTallyAndEndWhateverIsLostOnTheWay)
{
    for (const double loss : {0.0, 0.3, 0.6})
        for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
            SCOPED_TRACE(fmt::format("loss {} seed {}", loss, seed));
            meeting held{{}, net::random_source(seed), loss};
            tally cast;
            for (std::uint64_t i = 0; i < 5; ++i) {
                const auto vote = held.random.below(2) ? candidate::a : candidate::b;
                cast.count(vote);
                held.members.push_back(electorate(held.random(), vote, start, 5));
            }
            ASSERT_TRUE(held.finish(60s));
            for (const auto& one : held.members) ASSERT_EQ(one.votes(), cast);
            if (loss == 0) {
                ASSERT_LT(held.now - start, 2s);
            }
        }
}

TEST(Election, NobodyEndsBeforeAllVotesAreThere)
{
    meeting held{{}, net::random_source(1), 0};
    for (std::uint64_t i = 0; i < 4; ++i)
        held.members.push_back(electorate(i, candidate::a, start, 5));
    EXPECT_FALSE(held.finish(600s));
}

TEST(Election, WhoMissedTheFarewellsDoesNotWaitForEver)
{
    auto first = electorate(1, candidate::a);
    auto second = electorate(2, candidate::b);
    second.on_datagram(first.on_time(start), start);
    EXPECT_FALSE(second.finished());
    auto now = start;
    while (!second.finished() && now < start + 1min) second.on_time(now = second.deadline());
    EXPECT_TRUE(second.finished());
    EXPECT_GT(now - start, 2s);
}

TEST(Election, ASecondAndDifferentVoteIsReportedAndIgnoredInAnyOrder)
{
    auto early = electorate(2, candidate::b, start);
    auto late = electorate(2, candidate::a, start + 1ms);
    const auto says_b = early.on_time(start), says_a = late.on_time(start + 1ms);
    for (const auto& [first, second] : {std::pair(says_b, says_a), std::pair(says_a, says_b)}) {
        auto listener = electorate(1, candidate::b);
        listener.on_datagram(first, start);
        EXPECT_THAT(listener.take_reports(), IsEmpty());
        listener.on_datagram(second, start);
        EXPECT_EQ(listener.votes(), (tally{0, 2}));
        EXPECT_THAT(listener.take_reports(),
                    ElementsAre(HasSubstr("voted twice: B counts, A is ignored")));
        listener.on_datagram(second, start);
        EXPECT_THAT(listener.take_reports(), IsEmpty()) << "once is enough";
    }
}

TEST(Election, OneElectorateTooManyDoesNotCountForAnybody)
{
    std::vector<election> three;
    for (std::uint64_t id = 1; id <= 3; ++id)
        three.push_back(electorate(id, id < 3 ? candidate::a : candidate::b, start + id * 1ms));
    std::vector<std::vector<std::byte>> said;
    for (auto& one : three) said.push_back(one.on_time(start + 5ms));
    for (auto& one : three)
        for (const auto& datagram : said) one.on_datagram(datagram, start + 5ms);
    for (auto& one : three) {
        EXPECT_EQ(one.votes(), (tally{2, 0}));
        EXPECT_THAT(one.take_reports(), ElementsAre(HasSubstr("more than 2 electorates")));
    }
}

TEST(Election, WhatIsNoBallotChangesNothing)
{
    auto listener = electorate(1, candidate::a);
    auto whole = electorate(2, candidate::b).on_time(start);
    listener.on_datagram({}, start);
    listener.on_datagram(as_bytes("\xff\xfe junk"), start);
    for (std::size_t i = 0; i < whole.size(); ++i) {
        listener.on_datagram(std::span(whole).first(i), start);
        auto damaged = whole;
        damaged[i] ^= std::byte{1};
        listener.on_datagram(damaged, start);
    }
    EXPECT_EQ(listener.votes(), (tally{1, 0}));
    listener.on_datagram(electorate(2, candidate::b, start, 3).on_time(start), start);
    EXPECT_EQ(listener.votes(), (tally{1, 0})) << "that is another election";
}

TEST(Election, BallotsSurviveTheWire)
{
    const ballot said{7, 42, {{1, 2, candidate::b, 3, 4, 5}, {6, 7, candidate::a, 0, 8, 9}}};
    EXPECT_EQ(decode_ballot(encode(said)), said);
}

TEST(ClassicElection, VotesAreToldApartByAddress)
{
    const auto from = [](std::uint16_t port) {
        return net::udp::endpoint(net::asio::ip::address_v4::loopback(), port);
    };
    classic_election counting(3, 6010);
    EXPECT_EQ(counting.on_datagram("A", from(1)), "");
    EXPECT_EQ(counting.on_datagram("A", from(1)), "");
    EXPECT_THAT(counting.on_datagram("B", from(1)), HasSubstr("A counts, B is ignored"));
    EXPECT_THAT(counting.on_datagram("\xff\x1b", from(2)), HasSubstr("is not a vote"));
    EXPECT_THAT(counting.on_datagram("", from(2)), HasSubstr("is not a vote"));
    EXPECT_EQ(counting.votes(), (tally{1, 0}));
    EXPECT_EQ(counting.on_datagram("B", from(6010)), "");
    EXPECT_FALSE(counting.complete());
    EXPECT_EQ(counting.on_datagram("B", from(6010)), "") << "from the port that all share";
    EXPECT_TRUE(counting.complete());
    EXPECT_EQ(outcome_of(counting.votes()), "Winner: B");
    EXPECT_EQ(outcome_of({2, 2}), "It is a tie.");
}

} // namespace
} // namespace badwire::wire
