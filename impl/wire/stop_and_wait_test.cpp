// Stop-and-wait: a window of one unit, in virtual time.
#include "impl/wire/window_sender.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "impl/base/bytes.hpp"
#include "impl/wire/transfer_for_tests.hpp"

namespace badwire::wire {
namespace {

using namespace std::chrono_literals;
using namespace wire::for_tests;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(StopAndWait, OnAGoodNetworkEachUnitIsSentOnce)
{
    world world;
    transfer transfer(text_of(1050, world.random));
    world.run(transfer.sender, transfer.server, {});
    EXPECT_THAT(transfer.sender.problem(), IsEmpty());
    EXPECT_EQ(transfer.store.files.at("file"), transfer.contents_);
    EXPECT_EQ(transfer.sender.counters().units, 13) << "11 of data, open and end";
    EXPECT_EQ(transfer.sender.counters().retransmissions, 0);
    EXPECT_FALSE(transfer.server.lingering()) << "the sender said bye";
}

TEST(StopAndWait, AnEmptyFileArrives)
{
    world world;
    transfer transfer("");
    world.run(transfer.sender, transfer.server, {});
    EXPECT_EQ(transfer.store.files.count("file"), 1u);
    EXPECT_EQ(transfer.sender.counters().units, 2);
}

TEST(StopAndWait, ALostLastAcknowledgmentIsAnsweredAgain)
{
    world world;
    transfer transfer("hello");
    int lost = 0;
    transfer_badness bad;
    bad.drop = [&](const transfer_datagram& datagram) {
        return datagram.kind == datagram_kind::ack && datagram.unit == 2 && lost++ < 3;
    };
    world.run(transfer.sender, transfer.server, bad);
    EXPECT_THAT(transfer.sender.problem(), IsEmpty());
    EXPECT_EQ(transfer.sender.counters().retransmissions, 3);
    EXPECT_EQ(transfer.server.duplicates(), 3);
}

TEST(StopAndWait, KarnsRuleAnAmbiguousAcknowledgmentIsNoSample)
{
    world world;
    transfer transfer("hello");
    const net::time_point begin = world.now;
    transfer.sender.start(begin);
    transfer.sender.next_datagram();
    EXPECT_EQ(transfer.sender.deadline() - begin, 1s);
    transfer.sender.on_time(begin + 1s);
    transfer.sender.next_datagram();
    EXPECT_EQ(transfer.sender.deadline() - begin, 3s) << "backed off to 2 s";
    std::vector<std::byte> ack;
    encode({datagram_kind::ack, 9, 0, encode(transfer_ack{1, 10})}, ack);
    transfer.sender.on_datagram(ack, begin + 1001ms);
    transfer.sender.next_datagram();
    EXPECT_FALSE(transfer.sender.rto().srtt()) << "which of the two opens was that for?";
    EXPECT_EQ(transfer.sender.rto().rto(), 2s) << "the back-off stays until a sample";
    encode({datagram_kind::ack, 9, 1, encode(transfer_ack{2, 10})}, ack);
    transfer.sender.on_datagram(ack, begin + 1011ms);
    EXPECT_EQ(transfer.sender.rto().srtt(), 10ms);
}

TEST(StopAndWait, AProbeAfterTwoRoundTripsComesBeforeTheRtoAndBacksNothingOff)
{
    transfer transfer("hello");
    window_sender& sender = transfer.sender;
    net::time_point now{};
    sender.start(now);
    sender.next_datagram();
    std::vector<std::byte> ack;
    encode({datagram_kind::ack, 9, 0, encode(transfer_ack{1, 10})}, ack);
    now += 40ms;
    sender.on_datagram(ack, now); // RTO: 40 ms + 4 * 20 ms
    sender.next_datagram();
    for (const auto wait : {80ms, 120ms, 240ms}) {
        EXPECT_EQ(sender.deadline() - now, wait);
        now = sender.deadline();
        sender.on_time(now);
        EXPECT_FALSE(sender.next_datagram().empty());
    }
}

TEST(StopAndWait, ASenderGivesUpAfterItsRetries)
{
    world world;
    transfer transfer("hello", 100, "file", {.session = 9, .retries = 3});
    world.run(transfer.sender, transfer.server, {.loss_percent = 100});
    EXPECT_EQ(transfer.sender.problem(), "unit 0 was sent 4 times and never acknowledged");
    EXPECT_EQ(transfer.sender.counters().retransmissions, 3);
}

TEST(StopAndWait, ASenderGivesUpWhenItHearsNothing)
{
    world world;
    transfer transfer("hello");
    world.run(transfer.sender, transfer.server, {.loss_percent = 100});
    EXPECT_EQ(transfer.sender.problem(), "heard nothing from the receiver for 30s");
    EXPECT_EQ(world.now - net::time_point{}, 30s);
}

TEST(StopAndWait, ARefusalIsToldWithItsReasonAndLeavesNoFile)
{
    for (const auto* name : {"refused", "full disk"}) {
        world world;
        transfer transfer("hello", 100, name);
        world.run(transfer.sender, transfer.server, {.loss_percent = 20});
        EXPECT_THAT(transfer.sender.problem(), HasSubstr("refused it: "));
        EXPECT_THAT(transfer.store.files, IsEmpty());
        EXPECT_EQ(transfer.store.unfinished, 0);
    }
}

} // namespace
} // namespace badwire::wire
