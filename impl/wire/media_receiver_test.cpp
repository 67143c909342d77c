#include "impl/wire/media_receiver.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "impl/base/bytes.hpp"
#include "impl/net/random.hpp"

namespace badwire::wire {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::uint32_t session = 7;
constexpr std::size_t unit_size = 1000;
constexpr net::time_point t0{};

std::vector<std::byte> data(std::uint32_t number, std::size_t size = unit_size)
{
    const std::vector<std::byte> contents(size, static_cast<std::byte>(number));
    return encode_media(
        media_kind::data, session, number,
        encode(media_unit{number * 10ms, std::uint64_t{number} * unit_size, contents}));
}

std::vector<std::byte> end_after(std::uint32_t units)
{
    return encode_media(media_kind::end, session, units,
                        encode(media_end{std::uint64_t{units} * unit_size, {}}));
}

struct MediaReceiverTest : testing::Test {
    MediaReceiverTest() { receiver.start(t0); }

    // The kinds of what it sends now.
    std::vector<media_kind> sent()
    {
        std::vector<media_kind> kinds;
        while (auto datagram = receiver.next_datagram())
            kinds.push_back(static_cast<media_kind>(decode_frame(media_letter, *datagram)->kind));
        return kinds;
    }

    bool brings(const std::vector<std::byte>& datagram, net::time_point now = t0)
    {
        return receiver.on_datagram(datagram, now).has_value();
    }

    media_receiver receiver{{.session = session, .name = "song.wav", .silence = 5s}};
};

TEST_F(MediaReceiverTest, AsksUntilItIsAnsweredLessAndLessOften)
{
    std::vector<std::int64_t> asked_at_ms;
    for (net::time_point now = t0; !receiver.finished(); now = receiver.deadline()) {
        receiver.on_time(now);
        if (!sent().empty()) asked_at_ms.push_back((now - t0) / 1ms);
    }
    EXPECT_THAT(asked_at_ms, testing::ElementsAre(0, 200, 600, 1400, 3000));
    EXPECT_EQ(receiver.problem(),
              "the server did not answer for 5s (--timeout sets how long to wait)");
}

TEST_F(MediaReceiverTest, TakesAStreamToItsEndAndSaysGoodbye)
{
    EXPECT_THAT(sent(), testing::ElementsAre(media_kind::ask));
    for (std::uint32_t number = 0; number < 3; ++number) {
        const auto datagram = data(number);
        const auto unit = receiver.on_datagram(datagram, t0 + number * 10ms);
        ASSERT_TRUE(unit);
        EXPECT_EQ(unit->offset, number * unit_size);
        EXPECT_EQ(receiver.playable_bytes(), (number + 1) * unit_size);
    }
    EXPECT_FALSE(brings(end_after(3)));
    EXPECT_TRUE(receiver.finished());
    EXPECT_EQ(receiver.problem(), "");
    EXPECT_EQ(receiver.lost(), 0);
    EXPECT_EQ(receiver.counters().received_bytes, 3000);
    EXPECT_EQ(receiver.jitter(), 0ns);
    EXPECT_THAT(sent(), testing::ElementsAre(media_kind::bye, media_kind::bye));
}

TEST_F(MediaReceiverTest, AnEmptyStreamIsAStream)
{
    brings(end_after(0));
    EXPECT_TRUE(receiver.finished());
    EXPECT_EQ(receiver.problem(), "");
    EXPECT_EQ(receiver.units(), 0);
}

TEST_F(MediaReceiverTest, CountsWhatTheNetworkDid)
{
    EXPECT_TRUE(brings(data(0)));
    EXPECT_TRUE(brings(data(2))); // 1 was overtaken
    EXPECT_TRUE(brings(data(1)));
    EXPECT_FALSE(brings(data(1))); // a copy
    EXPECT_TRUE(brings(data(5)));  // 3 and 4 are lost
    auto damaged = data(6);
    damaged[40] ^= std::byte{1};
    EXPECT_FALSE(brings(damaged));
    EXPECT_FALSE(brings(encode_media(media_kind::data, session + 1, 9, {})));
    EXPECT_FALSE(brings({}));
    brings(end_after(8)); // 6 was damaged, 7 never came
    EXPECT_FALSE(receiver.finished()) << "the end may have overtaken some";
    EXPECT_TRUE(brings(data(7)));
    receiver.on_time(receiver.deadline());
    EXPECT_TRUE(receiver.finished());
    EXPECT_EQ(receiver.problem(), "");
    EXPECT_EQ(receiver.units(), 8);
    EXPECT_EQ(receiver.lost(), 3);
    EXPECT_EQ(receiver.counters().received, 5);
    EXPECT_EQ(receiver.counters().reordered, 1);
    EXPECT_EQ(receiver.counters().duplicates, 1);
    EXPECT_EQ(receiver.counters().corrupt, 2);
    EXPECT_EQ(receiver.counters().foreign, 1);
    EXPECT_EQ(receiver.playable_bytes(), 8000u);
}

TEST_F(MediaReceiverTest, EveryRepeatedEndIsAnsweredUntilItIsFinished)
{
    brings(data(1));
    sent();
    for (int i = 0; i < 3; ++i) {
        brings(end_after(2), t0 + i * 200ms);
        EXPECT_THAT(sent(), testing::ElementsAre(media_kind::bye));
    }
    EXPECT_EQ(receiver.deadline(), t0 + 500ms) << "counted from the first";
}

TEST_F(MediaReceiverTest, AMissingEndIsNoticed)
{
    brings(data(0), t0 + 1s);
    brings(data(1), t0 + 2s);
    while (!receiver.finished()) receiver.on_time(receiver.deadline());
    EXPECT_EQ(receiver.problem(), "the stream broke off: nothing came for 5s (--timeout sets how "
                                  "long to wait)");
    EXPECT_EQ(receiver.playable_bytes(), 2000u);
    EXPECT_THAT(sent(), testing::Contains(media_kind::report));
}

TEST_F(MediaReceiverTest, ARefusalEndsItUnlessTheStreamHasBegun)
{
    const auto refusal =
        encode_media(media_kind::refuse, session, 0, as_bytes("no such file\33[2J"));
    {
        media_receiver other({.session = session, .name = "x"});
        other.start(t0);
        other.on_datagram(refusal, t0);
        EXPECT_TRUE(other.finished());
        EXPECT_EQ(other.problem(), "the server refused: no such file\\x1b[2J");
    }
    brings(data(0));
    brings(refusal);
    EXPECT_FALSE(receiver.finished());
}

TEST_F(MediaReceiverTest, AServerOfTheClassicWireIsRecognised)
{
    brings(data(0));
    receiver.on_datagram(as_bytes(classic_stream_not_found), t0);
    EXPECT_FALSE(receiver.finished()) << "not once it has answered";
    media_receiver other({.session = session, .name = "x"});
    other.start(t0);
    other.on_datagram(as_bytes(classic_stream_not_found), t0);
    EXPECT_THAT(other.problem(), HasSubstr("--wire classic"));
}

TEST_F(MediaReceiverTest, APlayerWaitsForALateUnitButNotForEver)
{
    brings(data(0));
    for (std::uint32_t number = 2; number <= 16; ++number) brings(data(number));
    EXPECT_EQ(receiver.playable_bytes(), 1000u) << "1 may still come";
    brings(data(17));
    EXPECT_EQ(receiver.playable_bytes(), 18000u) << "it is 16 units late";
    EXPECT_TRUE(brings(data(1))) << "late for the player, not for the file";
    EXPECT_EQ(receiver.playable_bytes(), 18000u);
    brings(data(19));
    brings(data(18));
    EXPECT_EQ(receiver.playable_bytes(), 20000u);
    brings(data(1000)); // a long gap
    EXPECT_EQ(receiver.playable_bytes(), 20000u);
    brings(data(1016));
    EXPECT_EQ(receiver.playable_bytes(), 1001000u);
}

TEST_F(MediaReceiverTest, CountsRightlyAcrossGapsLongerThanItsMemory)
{
    const std::vector<std::uint32_t> numbers = {0, 100, 70'000, 140'000, 140'001, 1'000'000'000};
    for (const std::uint32_t number : numbers) {
        EXPECT_TRUE(brings(data(number))) << number;
        EXPECT_FALSE(brings(data(number))) << number;
    }
    EXPECT_EQ(receiver.counters().received, 6);
    EXPECT_EQ(receiver.counters().duplicates, 6);
    EXPECT_EQ(receiver.lost(), 1'000'000'001 - 6);
}

TEST_F(MediaReceiverTest, NothingBelongsBehindTheEnd)
{
    brings(data(0));
    brings(end_after(3));
    EXPECT_FALSE(brings(data(3)));
    EXPECT_EQ(receiver.units(), 3);
    EXPECT_EQ(receiver.counters().corrupt, 1);
    media_receiver other({.session = session, .name = "x"});
    other.start(t0);
    other.on_datagram(data(9), t0);
    other.on_datagram(end_after(3), t0);
    EXPECT_FALSE(other.end()) << "an end before what has come is none";
}

TEST_F(MediaReceiverTest, JitterIsThatOfRfc3550)
{
    // Every second unit comes 1.6 ms late: |D| is 1.6 ms each time.
    double expected_us = 0;
    for (std::uint32_t number = 0; number < 100; ++number) {
        brings(data(number), t0 + number * 10ms + (number % 2) * 1600us);
        if (number > 0) expected_us += (1600 - expected_us) / 16;
    }
    EXPECT_NEAR(static_cast<double>(receiver.jitter() / 1us), expected_us, 1);
}

TEST_F(MediaReceiverTest, AgreesWithAPlainCountOnAnyOrderOfAnyUnits)
{
    net::random_source random(1);
    std::vector<std::uint32_t> came;
    std::vector<bool> has(200);
    std::int64_t newest = -1;
    std::int64_t reordered = 0;
    std::int64_t duplicates = 0;
    for (int i = 0; i < 300; ++i) {
        const auto number = static_cast<std::uint32_t>(random.below(200));
        if (has[number]) ++duplicates;
        else if (number < newest) ++reordered;
        newest = std::max<std::int64_t>(newest, number);
        EXPECT_EQ(brings(data(number)), !has[number]);
        has[number] = true;
    }
    brings(end_after(200));
    EXPECT_EQ(receiver.lost(), std::count(has.begin(), has.end(), false));
    EXPECT_EQ(receiver.counters().reordered, reordered);
    EXPECT_EQ(receiver.counters().duplicates, duplicates);
}

} // namespace
} // namespace badwire::wire
