// A sender and a server on a channel that loses, delays, reorders, duplicates and damages, in
// virtual time: the file is there and identical, or it is not there.
#include "impl/wire/window_sender.hpp"

#include <fmt/format.h>
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

struct way {
    const char* name;
    arq repeat;
    std::uint32_t window;
};

constexpr way ways[] = {{"stop-and-wait", arq::selective_repeat, 1},
                        {"go-back-n", arq::go_back_n, 16},
                        {"selective repeat", arq::selective_repeat, 16},
                        {"a window larger than the receiver's", arq::selective_repeat, 4096}};

sender_options options_of(const way& each)
{
    return {.session = 9, .repeat = each.repeat, .window = each.window};
}

TEST(EveryWayToRepeat, OnAnyBadNetworkTheFileIsIdenticalOrAbsent)
{
    for (const way& each : ways)
        for (std::uint64_t seed = 1; seed <= 200; ++seed) {
            SCOPED_TRACE(fmt::format("{}, seed {}", each.name, seed));
            world world(seed);
            const transfer_badness bad{.loss_percent = world.random.below(60),
                                       .duplicate_percent = world.random.below(40),
                                       .corrupt_percent = world.random.below(20),
                                       .delay_max =
                                           1ms + 1ms * static_cast<int>(world.random.below(1500))};
            transfer transfer(text_of(world.random.below(3000), world.random),
                              1 + static_cast<std::uint32_t>(world.random.below(200)), "file",
                              options_of(each));
            world.run(transfer.sender, transfer.server, bad);

            const auto found = transfer.store.files.find("file");
            const bool there = found != transfer.store.files.end();
            EXPECT_TRUE(there || !transfer.sender.problem().empty());
            if (there) {
                EXPECT_EQ(found->second, transfer.contents_);
            }
        }
}

TEST(EveryWayToRepeat, WithLessThanAThirdLostEveryFileArrives)
{
    for (const way& each : ways)
        for (std::uint64_t seed = 1; seed <= 50; ++seed) {
            SCOPED_TRACE(fmt::format("{}, seed {}", each.name, seed));
            world world(seed);
            transfer transfer(text_of(3000, world.random), 100, "file", options_of(each));
            world.run(transfer.sender, transfer.server,
                      {.loss_percent = 30,
                       .duplicate_percent = 20,
                       .corrupt_percent = 2,
                       .delay_max = 50ms});
            EXPECT_THAT(transfer.sender.problem(), IsEmpty());
            EXPECT_EQ(transfer.store.files["file"], transfer.contents_);
            EXPECT_GT(transfer.sender.counters().retransmissions, 0);
        }
}

TEST(EveryWayToRepeat, OnAGoodNetworkEachUnitIsSentOnce)
{
    for (const way& each : ways) {
        SCOPED_TRACE(each.name);
        world world;
        transfer transfer(text_of(100'000, world.random), 100, "file", options_of(each));
        world.run(transfer.sender, transfer.server, {.delay_max = 1ns});
        EXPECT_EQ(transfer.store.files["file"], transfer.contents_);
        EXPECT_EQ(transfer.sender.counters().units, 1002);
        EXPECT_EQ(transfer.sender.counters().retransmissions, 0);
    }
}

// What a sender with a window of 8 puts on its way; the test plays the receiver.
struct WindowOfEight : testing::Test {
    std::vector<std::uint32_t> sent(window_sender& sender)
    {
        std::vector<std::uint32_t> units;
        for (auto next = sender.next_datagram(); !next.empty(); next = sender.next_datagram())
            units.push_back(decode_transfer(next)->unit);
        return units;
    }

    std::vector<std::uint32_t> after_ack(window_sender& sender, std::uint32_t unit,
                                         const transfer_ack& ack)
    {
        std::vector<std::byte> datagram;
        encode({datagram_kind::ack, 9, unit, encode(ack)}, datagram);
        sender.on_datagram(datagram, now);
        return sent(sender);
    }

    // Open is acknowledged after 20 ms, and units 1 to 8 are on their way.
    window_sender& under_way(transfer& what)
    {
        what.sender.start(now);
        EXPECT_THAT(sent(what.sender), ElementsAre(0)) << "alone: the receiver must know the file";
        now += 20ms;
        EXPECT_THAT(after_ack(what.sender, 0, {1, 100}), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
        return what.sender;
    }

    net::time_point now{};
    transfer selective{std::string(2000, 'x'), 100, "file", {.session = 9, .window = 8}};
    transfer going_back{
        std::string(2000, 'x'), 100, "file", {.session = 9, .repeat = arq::go_back_n, .window = 8}};
};

TEST_F(WindowOfEight, ThreeLaterAcknowledgmentsTellOfALossBeforeTheTimerDoes)
{
    window_sender& sender = under_way(selective);
    now += 20ms;
    EXPECT_THAT(after_ack(sender, 2, {1, 100}), IsEmpty());
    EXPECT_THAT(after_ack(sender, 3, {1, 100, {2}}), IsEmpty());
    EXPECT_THAT(after_ack(sender, 4, {1, 100, {3, 2}}), ElementsAre(1));
    EXPECT_THAT(after_ack(sender, 5, {1, 100, {4, 3, 2}}), IsEmpty()) << "once is enough";
    now += 20ms;
    EXPECT_THAT(after_ack(sender, 1, {6, 100}), ElementsAre(9, 10, 11, 12, 13));
    EXPECT_EQ(sender.counters().fast_retransmissions, 1);
    EXPECT_EQ(sender.counters().timeouts, 0);
}

TEST_F(WindowOfEight, UnitsSentBeforeTheCopySayNothingAboutTheCopy)
{
    window_sender& sender = under_way(selective);
    now += 20ms;
    for (const std::uint32_t unit : {2u, 3u, 4u}) after_ack(sender, unit, {1, 100});
    EXPECT_EQ(sender.counters().retransmissions, 1);
    now += 20ms;
    for (const std::uint32_t unit : {5u, 6u, 7u, 8u}) after_ack(sender, unit, {1, 100});
    EXPECT_EQ(sender.counters().retransmissions, 1);
}

TEST_F(WindowOfEight, SelectiveRepeatRepeatsWhatIsMissingAndNothingElse)
{
    window_sender& sender = under_way(selective);
    now += 20ms;
    EXPECT_THAT(after_ack(sender, 1, {2, 100}), ElementsAre(9));
    for (const std::uint32_t unit : {3u, 4u})
        EXPECT_THAT(after_ack(sender, unit, {2, 100}), IsEmpty());
    now += 30ms;
    after_ack(sender, 6, {2, 100});
    after_ack(sender, 7, {2, 100});
    now = sender.deadline();
    sender.on_time(now);
    EXPECT_THAT(sent(sender), ElementsAre(5, 8));
}

TEST_F(WindowOfEight, GoBackNRepeatsAllFromTheOldestOn)
{
    window_sender& sender = under_way(going_back);
    now += 20ms;
    EXPECT_THAT(after_ack(sender, 1, {2, 100}), ElementsAre(9));
    for (const std::uint32_t unit : {3u, 4u, 5u, 6u})
        EXPECT_THAT(after_ack(sender, unit, {2, 100}), IsEmpty());
    now = sender.deadline();
    sender.on_time(now);
    EXPECT_THAT(sent(sender), ElementsAre(2, 3, 4, 5, 6, 7, 8, 9));
}

TEST_F(WindowOfEight, ALostAcknowledgmentIsMadeGoodByTheNext)
{
    window_sender& sender = under_way(selective);
    now += 20ms;
    EXPECT_THAT(after_ack(sender, 4, {1, 100, {3, 2}}), IsEmpty());
    EXPECT_EQ(sender.counters().units, 4) << "open, 2, 3 and 4";
    EXPECT_THAT(after_ack(sender, 6, {7, 100}), ElementsAre(9, 10, 11, 12, 13, 14));
}

TEST_F(WindowOfEight, TheReceiversRoomIsHeeded)
{
    selective.sender.start(now);
    sent(selective.sender);
    EXPECT_THAT(after_ack(selective.sender, 0, {1, 3}), ElementsAre(1, 2, 3));
    EXPECT_THAT(after_ack(selective.sender, 1, {2, 0}), IsEmpty());
    EXPECT_THAT(after_ack(selective.sender, 3, {4, 0}), ElementsAre(4)) << "one, to ask again";
}

TEST_F(WindowOfEight, ManyTimersThatRunOutTogetherBackOffOnce)
{
    window_sender& sender = under_way(selective);
    const net::duration rto = sender.rto().rto();
    now += 1s;
    sender.on_time(now);
    EXPECT_EQ(sender.rto().rto(), 2 * rto);
    EXPECT_EQ(sender.counters().timeouts, 8);
    sent(sender);
    now += 2 * rto;
    sender.on_time(now);
    EXPECT_EQ(sender.rto().rto(), 4 * rto);
}

TEST_F(WindowOfEight, AcknowledgmentsOfWhatWasNeverSentChangeNothing)
{
    window_sender& sender = under_way(selective);
    const transfer_ack liars[] = {
        {4'000'000'000, 100}, {10, 100}, {1, 100, {9, 20, 22, 4'000'000'000}}};
    for (const transfer_ack& liar : liars) {
        EXPECT_THAT(after_ack(sender, 4'000'000'000, liar), IsEmpty());
        EXPECT_THAT(after_ack(sender, 9, liar), IsEmpty());
    }
    EXPECT_EQ(sender.counters().units, 1);
    EXPECT_FALSE(sender.finished());
}

TEST(WindowReceiver, KeepsNoMoreThanItHasRoomFor)
{
    memory_files store;
    window_receiver receiver({65000, std::uint64_t{65000} * 40, "file"}, store.opener()("file"));
    std::vector<std::byte> reply;
    receiver.on_datagram({datagram_kind::open, 9, 0}, reply);
    const auto room = decode_ack(decode_transfer(reply)->payload)->room;
    EXPECT_EQ(room, 16u) << "a mebibyte";
    const std::vector<std::byte> unit(65000);
    receiver.on_datagram({datagram_kind::data, 9, room, unit}, reply);
    EXPECT_FALSE(reply.empty());
    receiver.on_datagram({datagram_kind::data, 9, room + 1, unit}, reply);
    EXPECT_TRUE(reply.empty()) << "not acknowledged: it must come again";
}

TEST(WindowReceiver, UnitsOfTheWrongKindOrSizeAreRefusedBeforeTheirTime)
{
    const auto end = encode(transfer_end{150, {}});
    const std::vector<std::byte> hundred(100);
    const transfer_datagram wrong[] = {{datagram_kind::data, 9, 2, hundred},
                                       {datagram_kind::end, 9, 2, end},
                                       {datagram_kind::data, 9, 3, hundred},
                                       {datagram_kind::end, 9, 3, hundred},
                                       {datagram_kind::end, 9, 4, end}};
    for (const transfer_datagram& each : wrong) {
        memory_files store;
        window_receiver receiver({100, 150, "file"}, store.opener()("file"));
        std::vector<std::byte> reply;
        receiver.on_datagram({datagram_kind::open, 9, 0}, reply);
        receiver.on_datagram(each, reply);
        EXPECT_EQ(receiver.now(), window_receiver::state::refused);
        EXPECT_EQ(store.unfinished, 0);
    }
}

TEST(WindowReceiver, AFileWhoseDigestDiffersIsRefused)
{
    memory_files store;
    window_receiver receiver({100, 5, "file"}, store.opener()("file"));
    std::vector<std::byte> reply;
    receiver.on_datagram({datagram_kind::open, 9, 0}, reply);
    receiver.on_datagram({datagram_kind::data, 9, 1, as_bytes("hello")}, reply);
    const auto end = encode(transfer_end{5, {}});
    receiver.on_datagram({datagram_kind::end, 9, 2, end}, reply);
    EXPECT_EQ(receiver.now(), window_receiver::state::refused);
    EXPECT_EQ(decode_transfer(reply)->kind, datagram_kind::refuse);
    EXPECT_THAT(store.files, IsEmpty());
}

} // namespace
} // namespace badwire::wire
