// How connections begin, to the nanosecond.
#include "sim/link/stream_setup.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>

using namespace badwire::link;
using namespace std::chrono_literals;
using event = stream_setup::event;

namespace {

impairments delayed(duration by, bool cut = false)
{
    impairments asked;
    asked.delay = {by, by};
    asked.cut = cut;
    return asked;
}

// What happens when, of a request at 0 that the server answers so.
std::string story(bool accepts, const impairments& way_up, const impairments& way_down,
                  std::vector<change> changes_up = {}, std::vector<change> changes_down = {})
{
    lane up(1, "wan", direction::up, way_up, std::move(changes_up));
    lane down(1, "wan", direction::down, way_down, std::move(changes_down));
    stream_setup setup(up, up.open_flow("client"), down, down.open_flow("client"), 0, 0ms);
    std::string told;
    for (duration now{0}; now != forever; now = setup.next_event()) {
        for (event next = setup.next(now); next != event::none; next = setup.next(now)) {
            constexpr std::array names{"none",    "asked",        "established",
                                       "refused", "acknowledged", "given up"};
            if (!told.empty()) told += ", ";
            told += std::to_string(now / 1ms) + " " + names.at(static_cast<std::size_t>(next));
            if (next == event::asked) setup.answer(accepts);
        }
    }
    return told;
}

} // namespace

TEST(StreamSetup, EachOfThreePacketsTakesTheDelayOfItsDirection)
{
    EXPECT_EQ(story(true, delayed(20ms), delayed(3ms)),
              "20 asked, 23 established, 43 acknowledged");
    EXPECT_EQ(story(true, {}, {}), "0 asked, 0 established, 0 acknowledged");
}

TEST(StreamSetup, ARefusalTakesARoundTrip)
{
    EXPECT_EQ(story(false, delayed(20ms), delayed(3ms)), "20 asked, 23 refused");
}

TEST(StreamSetup, ARequestThatMeetsACutIsRepeatedAfterOneThreeAndSevenSeconds)
{
    EXPECT_EQ(story(true, delayed(20ms, true), delayed(3ms), {{1500ms, delayed(20ms)}}),
              "3020 asked, 3023 established, 3043 acknowledged");
    EXPECT_EQ(story(true, delayed(20ms), delayed(3ms, true), {}, {{4s, delayed(3ms)}}),
              "20 asked, 1020 asked, 3020 asked, 7020 asked, 7023 established, 7043 acknowledged");
}

TEST(StreamSetup, ARequestThatIsNeverAnsweredIsGivenUpAfter127Seconds)
{
    EXPECT_EQ(story(true, delayed(20ms, true), {}), "127000 given up");
}

namespace {

impairments losing(double loss, duration by)
{
    impairments asked = delayed(by);
    asked.loss = loss;
    return asked;
}

} // namespace

TEST(StreamSetup, ALostRequestCostsASecondThenTwo)
{
    EXPECT_EQ(story(true, losing(1, 20ms), delayed(3ms), {{500ms, delayed(20ms)}}),
              "1020 asked, 1023 established, 1043 acknowledged");
    EXPECT_EQ(story(true, losing(1, 20ms), delayed(3ms), {{1500ms, delayed(20ms)}}),
              "3020 asked, 3023 established, 3043 acknowledged");
    EXPECT_EQ(story(true, losing(1, 20ms), {}), "127000 given up");
}

TEST(StreamSetup, ALostAnswerCostsASecond)
{
    EXPECT_EQ(story(true, delayed(20ms), losing(1, 3ms), {}, {{500ms, delayed(3ms)}}),
              "20 asked, 1020 asked, 1023 established, 1043 acknowledged");
}

TEST(StreamSetup, WhereTheThirdPacketIsLostTheServerAnswersAgain)
{
    EXPECT_EQ(
        story(true, delayed(20ms), delayed(3ms), {{21ms, losing(1, 20ms)}, {500ms, delayed(20ms)}}),
        "20 asked, 23 established, 1043 acknowledged");
}

TEST(StreamSetup, WhereTheThirdPacketIsLostBytesSayAsMuch)
{
    lane up(1, "wan", direction::up, delayed(20ms), {{21ms, losing(1, 20ms)}});
    lane down(1, "wan", direction::down, delayed(3ms));
    stream_setup setup(up, up.open_flow("client"), down, down.open_flow("client"), 0, 0ms);
    EXPECT_EQ(setup.next(0ms), event::none);
    EXPECT_EQ(setup.next(20ms), event::asked);
    setup.answer(true);
    EXPECT_EQ(setup.next(20ms), event::none);
    EXPECT_EQ(setup.next(23ms), event::established);
    EXPECT_EQ(setup.next(23ms), event::none);
    EXPECT_FALSE(setup.bytes_arrive(forever));
    EXPECT_TRUE(setup.bytes_arrive(60ms));
    EXPECT_EQ(setup.next_event(), 60ms);
    EXPECT_EQ(setup.next(60ms), event::acknowledged);
    EXPECT_EQ(up.streams().lost, 1U);
    EXPECT_EQ(up.struck().of("loss"), 1U);
}

TEST(StreamSetup, WhatChangesOnTheWayChangesNothingOfIt)
{
    EXPECT_EQ(
        story(true, delayed(10ms), delayed(10ms), {{5ms, delayed(20ms)}}, {{15ms, delayed(30ms)}}),
        "10 asked, 20 established, 40 acknowledged");
}
