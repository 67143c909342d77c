#include "impl/wire/rto.hpp"

#include <gtest/gtest.h>

namespace badwire::wire {
namespace {

using namespace std::chrono_literals;

TEST(rto, starts_with_one_second)
{
    EXPECT_EQ(rto_estimator().rto(), 1s);
    EXPECT_FALSE(rto_estimator().srtt());
}

TEST(rto, the_first_sample_sets_srtt_and_half_of_it_as_variation)
{
    rto_estimator rto;
    rto.sample(100ms);
    EXPECT_EQ(rto.srtt(), 100ms);
    EXPECT_EQ(rto.rttvar(), 50ms);
    EXPECT_EQ(rto.rto(), 300ms); // SRTT + 4 * RTTVAR
}

TEST(rto, later_samples_weigh_a_quarter_and_an_eighth)
{
    rto_estimator rto;
    rto.sample(100ms);
    rto.sample(180ms);
    EXPECT_EQ(rto.rttvar(), 57'500us); // 3/4 * 50 + 1/4 * |100 - 180|
    EXPECT_EQ(rto.srtt(), 110ms);      // 7/8 * 100 + 1/8 * 180
    EXPECT_EQ(rto.rto(), 340ms);
}

TEST(rto, a_steady_round_trip_leaves_the_clock_granularity_as_margin)
{
    rto_estimator rto;
    for (int i = 0; i < 200; ++i) rto.sample(50ms);
    EXPECT_EQ(rto.rto(), 51ms);
}

TEST(rto, stays_between_its_bounds)
{
    rto_estimator quick;
    quick.sample(20us);
    EXPECT_EQ(quick.rto(), 10ms);
    rto_estimator slow;
    slow.sample(10s);
    EXPECT_EQ(slow.rto(), 2s);
}

TEST(rto, backing_off_doubles_up_to_the_bound_and_lasts_until_the_next_sample)
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
