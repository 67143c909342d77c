#include "sim/virtual/event_queue.hpp"

#include <algorithm>
#include <memory>

#include <gtest/gtest.h>

#include "impl/net/random.hpp"

using namespace badwire;
using namespace std::chrono_literals;
using sim::event_queue;

namespace {

struct note : sim::event {
    note(std::vector<int>& into, int number) : list(into), name(number) {}
    void fire() override { list.push_back(name); }
    std::vector<int>& list;
    int name;
};

net::time_point at(net::duration time) { return net::time_point(time); }

} // namespace

TEST(EventQueue, RunsByTimeAndThenBySequence)
{
    event_queue queue;
    std::vector<int> ran;
    note a(ran, 1), b(ran, 2), c(ran, 3), d(ran, 4);
    queue.schedule(a, at(20ms));
    queue.schedule(b, at(10ms));
    queue.schedule(c, at(20ms));
    queue.schedule_now(d);
    while (queue.step()) {}
    EXPECT_EQ(ran, (std::vector{4, 2, 1, 3}));
    EXPECT_EQ(queue.now(), at(20ms));
}

TEST(EventQueue, WhatWasScheduledEarlierForThisInstantRunsFirst)
{
    event_queue queue;
    std::vector<int> ran;
    note later(ran, 2);
    struct poster final : sim::event {
        poster(event_queue& in, note& what) : queue(in), posted(what) {}
        void fire() override { queue.schedule_now(posted); }
        event_queue& queue;
        note& posted;
    } first(queue, later);
    note second(ran, 1);
    queue.schedule(first, at(5ms));
    queue.schedule(second, at(5ms));
    while (queue.step()) {}
    EXPECT_EQ(ran, (std::vector{1, 2}));
}

TEST(EventQueue, UnscheduledEventsDoNotRunWhereverTheyWait)
{
    event_queue queue;
    std::vector<int> ran;
    note soon(ran, 1), late(ran, 2), now(ran, 3);
    queue.schedule(soon, at(1ms));
    queue.schedule(late, at(2ms));
    queue.schedule_now(now);
    queue.unschedule(now);
    queue.unschedule(soon);
    EXPECT_FALSE(soon.scheduled());
    while (queue.step()) {}
    EXPECT_EQ(ran, (std::vector{2}));
}

TEST(EventQueue, KnowsWhenNothingIsLeftThatCouldWakeAProgram)
{
    struct idle_note : note {
        idle_note(std::vector<int>& into, int number) : note(into, number) { wakes_nobody(); }
    };
    event_queue queue;
    std::vector<int> ran;
    note program(ran, 1), cancelled(ran, 2);
    idle_note limit(ran, 3);
    EXPECT_FALSE(queue.all_wait()) << "nobody waits";
    queue.schedule(limit, at(9ms));
    EXPECT_TRUE(queue.all_wait());
    queue.schedule(program, at(1ms));
    queue.schedule_now(cancelled);
    EXPECT_FALSE(queue.all_wait());
    queue.unschedule(cancelled);
    EXPECT_FALSE(queue.all_wait());
    EXPECT_TRUE(queue.step());
    EXPECT_EQ(ran, (std::vector{1}));
    EXPECT_TRUE(queue.all_wait());
    EXPECT_TRUE(queue.step());
    EXPECT_FALSE(queue.all_wait());
}

TEST(EventQueue, AThousandRandomEventsKeepTheirOrderWhileOthersLeave)
{
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        net::random_source random(seed);
        event_queue queue;
        std::vector<int> ran;
        std::vector<std::unique_ptr<note>> notes;
        std::vector<std::pair<net::duration, int>> expected;
        for (int i = 0; i < 1000; ++i) {
            notes.push_back(std::make_unique<note>(ran, i));
            const net::duration when(1 + random.below(100));
            queue.schedule(*notes.back(), at(when));
            expected.emplace_back(when, i);
        }
        for (int i = 0; i < 300; ++i) {
            const auto victim = random.below(notes.size());
            queue.unschedule(*notes[victim]);
            std::erase_if(expected,
                          [&](auto& one) { return one.second == static_cast<int>(victim); });
        }
        std::stable_sort(expected.begin(), expected.end(),
                         [](auto& x, auto& y) { return x.first < y.first; });
        while (queue.step()) {}
        ASSERT_EQ(ran.size(), expected.size());
        for (std::size_t i = 0; i < ran.size(); ++i) ASSERT_EQ(ran[i], expected[i].second);
    }
}
