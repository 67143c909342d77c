#include "impl/wire/rto.hpp"

#include <gtest/gtest.h>

namespace badwire::wire {
namespace {

using namespace std::chrono_literals;

TEST(Rto, StartsWithOneSecond)
{
    EXPECT_EQ(rto_estimator().rto(), 1s);
    EXPECT_FALSE(rto_estimator().srtt());
}

TEST(Rto, TheFirstSampleSetsSrttAndHalfOfItAsVariation)
{
    rto_estimator rto;
    rto.sample(100ms);
    EXPECT_EQ(rto.srtt(), 100ms);
    EXPECT_EQ(rto.rto(), 300ms); // SRTT + 4 * RTTVAR, which is half of it
}

TEST(Rto, LaterSamplesWeighAQuarterAndAnEighth)
{
    rto_estimator rto;
    rto.sample(100ms);
    rto.sample(180ms);
    EXPECT_EQ(rto.srtt(), 110ms); // 7/8 * 100 + 1/8 * 180
    EXPECT_EQ(rto.rto(), 340ms);  // RTTVAR is 3/4 * 50 + 1/4 * |100 - 180|
}

TEST(Rto, ASteadyRoundTripLeavesTheClockGranularityAsMargin)
{
    rto_estimator rto;
    for (int i = 0; i < 200; ++i) rto.sample(50ms);
    EXPECT_EQ(rto.rto(), 51ms);
}

TEST(Rto, StaysBetweenItsBounds)
{
    rto_estimator quick;
    quick.sample(20us);
    EXPECT_EQ(quick.rto(), 10ms);
    rto_estimator slow;
    slow.sample(10s);
    EXPECT_EQ(slow.rto(), 2s);
}

TEST(Rto, BackingOffDoublesUpToTheBoundAndLastsUntilTheNextSample)
{
    rto_estimator rto;
    rto.sample(100ms);
    rto.back_off();
    EXPECT_EQ(rto.rto(), 600ms);
    rto.back_off();
    rto.back_off();
    EXPECT_EQ(rto.rto(), 2s);
    rto.sample(100ms);
    EXPECT_EQ(rto.rto(), 250ms); // RTTVAR is now 37.5 ms
}

} // namespace
} // namespace badwire::wire
