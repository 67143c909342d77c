// What a conveyor makes leave, when, and what it tells its witnesses.
#include "sim/link/conveyor.hpp"

#include <string>

#include <gtest/gtest.h>

using namespace badwire::link;
using namespace std::chrono_literals;

namespace {

struct kept_packet {
    std::string text;
    packet_facts facts{};
    std::span<std::byte> payload() { return std::as_writable_bytes(std::span(text)); }
};
using handle = std::unique_ptr<kept_packet>;

// Writes down what a conveyor tells it.
struct recorder final : packet_watcher {
    note offered(const watched_packet&, const lane& by, const fate& met) override
    {
        return met.untouched() ? nullptr : std::make_shared<std::string>(by.explain(met));
    }
    void left(const watched_packet&, std::uint32_t copy, const note& said) override
    {
        log += "left " + std::to_string(copy) + (said ? " (" + *said + ")" : "") + '\n';
    }
    void undeliverable(const watched_packet&, std::uint32_t copy, const note&,
                       std::string_view reason) override
    {
        log += "never left " + std::to_string(copy) + ": " + std::string(reason) + '\n';
    }
    std::string log;
};

// A carrier on a clock that is set by hand.
struct Conveyor : testing::Test {
    struct waiting {
        duration due;
        handle packet;
        conveyor<handle>::slot held;
    };
    struct carrier {
        carrier later_on(const kept_packet&) const { return *this; }
        static void drop(handle) {}
        addresses arriving() const { return {}; }
        addresses leaving() const { return {}; }
        handle keep() { return my.make(text); }
        handle copy(kept_packet& original) { return my.make(original.text); }
        void leave(handle kept, duration due) { my.wait.push_back({due, std::move(kept), {}}); }
        void hold(conveyor<handle>::slot held, duration until)
        {
            my.wait.push_back({until, nullptr, std::move(held)});
        }
        Conveyor& my;
        std::string text;
    };

    void start()
    {
        along.emplace(1, "wan", direction::up, asked);
        of = &along->open_flow("client");
        tested.emplace(
            *along,
            witnesses{[this](std::string_view line) { trace.append(line) += '\n'; }, &watching},
            coordinates::always);
    }
    void offer(const std::string& text, duration now, std::uint8_t ecn = 0)
    {
        const auto bytes = std::as_bytes(std::span(text));
        tested->offer({.of = *of,
                       .payload = bytes,
                       .time = now,
                       .arrived = now,
                       .foreseen = tested->foresee(*of, bytes),
                       .ecn = ecn},
                      carrier{*this, text});
    }
    handle make(const std::string& text)
    {
        if (room == 0) return nullptr;
        --room;
        auto made = std::make_unique<kept_packet>();
        made->text = text;
        return made;
    }
    // What leaves up to that time: "5ms text, …".
    std::string run_until(duration until)
    {
        std::string log;
        for (;;) {
            const auto next = std::ranges::min_element(wait, {}, &waiting::due);
            if (next == wait.end() || next->due > until) return log;
            waiting one = std::move(*next);
            wait.erase(next);
            if (one.held && *one.held) one.packet = std::move(**one.held), one.held->reset();
            if (!one.packet) continue;
            if (!log.empty()) log += ", ";
            log += std::to_string(one.due / 1ms) + "ms " + one.packet->text;
            tested->delivered({*of,
                               one.packet->facts.index,
                               one.packet->payload(),
                               {},
                               one.due,
                               &one.packet->facts});
        }
    }

    impairments asked;
    std::optional<lane> along;
    flow* of = nullptr;
    std::optional<conveyor<handle>> tested;
    recorder watching;
    std::string trace;
    std::vector<waiting> wait;
    int room = 100;
};

} // namespace

TEST_F(Conveyor, CopiesLeaveAfterTheirOriginalAndAreNumbered)
{
    asked.delay = {5ms, 5ms};
    asked.duplicate = {.probability = 1, .least = 2, .most = 2, .after = 3ms};
    start();
    offer("one", 10ms);
    EXPECT_EQ(run_until(1s), "15ms one, 18ms one, 21ms one");
    EXPECT_EQ(watching.log.substr(0, 8), "left 0 (");
    EXPECT_NE(watching.log.find("\nleft 1 (duplicated: 2 copies more"), std::string::npos);
    EXPECT_NE(watching.log.find("\nleft 2 ("), std::string::npos);
    EXPECT_EQ(along->count().delivered, 3u);
    EXPECT_EQ(tested->delays().samples(), 0u) << "how long copies take is no measure of delay";
}

TEST_F(Conveyor, WhoIsOvertakenLeavesRightAfterItsLastOvertaker)
{
    asked.reorder = {.probability = 1, .least = 2, .most = 2, .within = 1h};
    start();
    offer("held", 0ms);
    EXPECT_EQ(run_until(1min), "");
    asked.reorder = {};
    asked.delay = {5ms, 5ms};
    along->change_to(asked);
    offer("first", 1min);
    EXPECT_EQ(run_until(2min), "60005ms first");
    offer("second", 2min);
    EXPECT_EQ(run_until(3min), "120005ms second, 120005ms held");
    EXPECT_EQ(along->count().reordered, 1u);
    EXPECT_EQ(run_until(2h), "") << "the time until which it was held is no longer for it";
}

TEST_F(Conveyor, WhoIsNotOvertakenLeavesWhenItsTimeHasCome)
{
    asked.delay = {5ms, 5ms};
    asked.reorder = {.probability = 1, .least = 1, .most = 1, .within = 20ms};
    start();
    offer("held", 0ms);
    EXPECT_EQ(run_until(1s), "25ms held");
    EXPECT_EQ(tested->delays().samples(), 0u);
}

TEST_F(Conveyor, DelaysAreMeasuredFromTheArrival)
{
    asked.delay = {5ms, 5ms};
    start();
    const std::string text = "late";
    tested->offer({*of, std::as_bytes(std::span(text)), 10ms, 8ms}, carrier{*this, text});
    EXPECT_EQ(run_until(1s), "15ms late");
    EXPECT_EQ(tested->delays().samples(), 1u);
    EXPECT_EQ(tested->delays().mean_ns(), 7e6);
    EXPECT_EQ(tested->delays().decided_mean_ns(), 5e6);
}

TEST_F(Conveyor, APacketWhoseDrawnDelayIsZeroCountsAmongTheDelays)
{
    asked.delay = delay_model::table({0ms, 0ms, 30ms});
    start();
    room = 300;
    for (int i = 0; i < 300; ++i) offer(std::to_string(i), std::chrono::milliseconds(i));
    run_until(1s);
    EXPECT_EQ(tested->delays().samples(), 300u);
    EXPECT_NEAR(tested->delays().mean_ns(), 10e6, 2.5e6); // 3 standard errors
    EXPECT_EQ(tested->delays().mean_ns(), tested->delays().decided_mean_ns());
}

TEST_F(Conveyor, WhatThereIsNoRoomForIsUndeliverableWithEachOfItsCopies)
{
    asked.duplicate = {.probability = 1, .least = 2, .most = 2, .after = 0ms};
    start();
    room = 0;
    offer("one", 0ms);
    EXPECT_EQ(along->count().undeliverable, 3u);
    EXPECT_EQ(watching.log, "never left 0: too many datagrams on their way\n"
                            "never left 1: too many datagrams on their way\n"
                            "never left 2: too many datagrams on their way\n");
    EXPECT_NE(trace.find(R"("fate":"undeliverable","reason":"too many datagrams on their way")"),
              std::string::npos);
    room = 2;
    offer("two", 0ms);
    EXPECT_EQ(run_until(1s), "0ms two, 0ms two");
    EXPECT_EQ(along->count().undeliverable, 4u);
}

TEST_F(Conveyor, WhatIsDroppedIsTracedAndNeverYielded)
{
    asked.mtu = 3;
    start();
    offer("four", 1ms);
    EXPECT_EQ(run_until(1s), "");
    EXPECT_NE(trace.find(R"("time_ns":1000000,"link":"wan","direction":"up","flow":"client")"),
              std::string::npos)
        << trace;
    EXPECT_NE(trace.find(R"("fate":"dropped","rule":"mtu")"), std::string::npos);
}

TEST_F(Conveyor, BitsAreFlippedAsTheLaneSays)
{
    asked.corrupt = {.probability = 1, .least = 3, .most = 3};
    start();
    lane same(1, "wan", direction::up, along->asked());
    flow& twin = same.open_flow("client");
    std::string expected = "some text";
    const fate met = same.decide(twin, std::as_bytes(std::span(expected)), 0ns);
    same.corrupt(twin, met, std::as_writable_bytes(std::span(expected)));
    offer("some text", 0ms);
    EXPECT_EQ(run_until(1s), "0ms " + expected);
    EXPECT_NE(expected, "some text");
}

namespace {

// 1000 bytes take 10 ms; everything waits longer than CoDel likes.
struct ManagedConveyor : Conveyor {
    void overload(std::uint8_t ecn)
    {
        asked.rate.bits_per_second = 8e5;
        asked.aqm = aqm_model::codel();
        asked.aqm.interval = 20ms;
        asked.aqm.ecn = true;
        asked.delay = {1ms, 1ms};
        start();
        for (int i = 0; i < 12; ++i) {
            std::string text = std::to_string(i);
            text.resize(1000, '.');
            offer(text, 0ms, ecn);
        }
        along->narrow().serve(1s);
    }
};

} // namespace

// From 10 ms on all have waited too long; at 30 ms, an interval later, the fourth goes.
TEST_F(ManagedConveyor, WhatIsDroppedAtTheQueuesHeadIsTracedThenAndNeverYielded)
{
    overload(0);
    EXPECT_NE(trace.find(R"("index":3,"bytes":1000)"), std::string::npos);
    const auto dropped = trace.find(R"("fate":"dropped","rule":"aqm","queued_ns":30000000})");
    ASSERT_NE(dropped, std::string::npos) << trace;
    EXPECT_LT(trace.find(R"("index":2,)"), dropped) << "in the order of decisions";
    EXPECT_GT(along->count().not_capable, 0u);
    EXPECT_EQ(along->count().dropped, along->count().not_capable);
    EXPECT_EQ(in_flight(along->count()), wait.size());
    EXPECT_EQ(run_until(11ms).substr(0, 6), "11ms 0");
    run_until(1s);
    EXPECT_EQ(in_flight(along->count()), 0u);
    EXPECT_EQ(along->struck().of("aqm"), along->count().dropped);
}

TEST_F(ManagedConveyor, WhatIsMarkedLeavesWithTheCodepointAndSaysWhy)
{
    overload(ecn::ect_0);
    EXPECT_EQ(along->count().dropped, 0u);
    const auto marked = along->count().marked;
    EXPECT_GT(marked, 0u);
    std::uint64_t leave_marked = 0;
    for (const waiting& one : wait)
        leave_marked += one.packet->facts.ecn == ecn::congestion_experienced ? 1 : 0;
    EXPECT_EQ(leave_marked, marked);
    EXPECT_EQ(wait.front().packet->facts.ecn, ecn::ect_0);
    EXPECT_NE(trace.find(R"("ecn":2,"marked":true)"), std::string::npos) << trace;
    run_until(1s);
    EXPECT_NE(watching.log.find("marked: congestion experienced, aqm"), std::string::npos)
        << watching.log;
}

TEST_F(ManagedConveyor, WhatStillWaitsIsForgottenWithTheConveyor)
{
    asked.rate.bits_per_second = 8e5;
    asked.aqm = aqm_model::codel();
    start();
    for (int i = 0; i < 3; ++i) offer("text " + std::to_string(i), 0ms);
    EXPECT_NE(along->narrow().next_service(), never);
    tested->clear();
    EXPECT_EQ(along->narrow().next_service(), never);
    along->narrow().serve(1s);
    EXPECT_EQ(wait.size(), 1u) << "only the one in transmission";
}
