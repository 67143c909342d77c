#include "impl/wire/playback.hpp"

#include <gtest/gtest.h>

namespace badwire::wire {
namespace {

using namespace std::chrono_literals;

constexpr net::time_point t0{};

// Begins with 1000 bytes and plays 1000 a second: a byte is a millisecond.
playback a_byte_a_millisecond(net::time_point asked = t0)
{
    return playback({.begin_bytes = 1000, .bytes_per_s = 1000}, asked);
}

TEST(Playback, BeginsOnceEnoughIsThere)
{
    playback player = a_byte_a_millisecond(t0 + 5ms);
    player.on_bytes(999, t0 + 100ms);
    EXPECT_FALSE(player.begun());
    player.on_bytes(1500, t0 + 300ms);
    EXPECT_TRUE(player.begun());
    EXPECT_EQ(player.startup_delay(), 295ms);
}

TEST(Playback, StandsStillWhenAllIsPlayedAndGoesOnOnceEnoughIsThereAgain)
{
    playback player = a_byte_a_millisecond();
    player.on_bytes(1000, t0);          // plays until 1 s
    player.on_bytes(1500, t0 + 1200ms); // has stood still for 200 ms, and 500 bytes are too few
    EXPECT_EQ(player.stalls(), 1);
    EXPECT_EQ(player.stalled(), 200ms);
    player.on_bytes(2000, t0 + 1500ms); // goes on until 2.5 s
    EXPECT_EQ(player.stalled(), 500ms);
    player.on_bytes(3000, t0 + 2500ms); // just in time
    EXPECT_EQ(player.stalls(), 1);
    player.on_bytes(4000, t0 + 3600ms); // 100 ms late
    EXPECT_EQ(player.stalls(), 2);
    EXPECT_EQ(player.stalled(), 600ms);
}

TEST(Playback, PlaysWhatIsLeftAfterTheEndAndStallsNoMore)
{
    playback player = a_byte_a_millisecond();
    player.on_bytes(1000, t0);
    player.on_bytes(1100, t0 + 1050ms); // stands still
    player.on_end(t0 + 1200ms);         // and goes on with what there is
    EXPECT_EQ(player.stalls(), 1);
    EXPECT_EQ(player.stalled(), 200ms);
    player.on_end(t0 + 9s);
    EXPECT_EQ(player.stalls(), 1);
    EXPECT_EQ(player.stalled(), 200ms);
}

TEST(Playback, BeginsAtTheEndOfAStreamThatIsShort)
{
    playback player = a_byte_a_millisecond();
    player.on_bytes(10, t0 + 10ms);
    player.on_end(t0 + 20ms);
    EXPECT_TRUE(player.begun());
    EXPECT_EQ(player.startup_delay(), 20ms);
}

TEST(Playback, OfNothingNeverBegins)
{
    playback player = a_byte_a_millisecond();
    player.on_end(t0 + 20ms);
    EXPECT_FALSE(player.begun());
    EXPECT_EQ(player.stalls(), 0);
}

TEST(Playback, WithoutAByteRateNothingStalls)
{
    playback player({.begin_bytes = 1000}, t0);
    player.on_bytes(2000, t0 + 1s);
    player.on_bytes(3000, t0 + 1h);
    EXPECT_EQ(player.startup_delay(), 1s);
    EXPECT_EQ(player.stalls(), 0);
}

TEST(Playback, TheStreamItselfMaySayItsByteRate)
{
    playback player({.begin_bytes = 1000}, t0);
    player.set_rate(500);
    player.on_bytes(1000, t0); // plays until 2 s
    player.set_rate(1);        // too late
    player.on_bytes(2000, t0 + 3s);
    EXPECT_EQ(player.stalls(), 1);
    EXPECT_EQ(player.stalled(), 1s);
}

TEST(Playback, ThatBeginsWithTheFirstByteStallsOncePerGap)
{
    playback player({.begin_bytes = 0, .bytes_per_s = 1000}, t0);
    player.on_bytes(100, t0);
    player.on_bytes(100, t0 + 150ms); // nothing new
    player.on_bytes(100, t0 + 180ms);
    player.on_bytes(200, t0 + 200ms);
    EXPECT_EQ(player.stalls(), 1);
    EXPECT_EQ(player.stalled(), 100ms);
}

} // namespace
} // namespace badwire::wire
