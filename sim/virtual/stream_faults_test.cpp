// The faults of TCP connections in virtual time, to the nanosecond and in each direction.
// relay_tcp_faults_test.cpp tests the same on the relay.
#include "sim/virtual/linked_streams_for_tests.hpp"

using namespace badwire;
using namespace badwire::sim::testing;

namespace {

// The same in each direction: the client sends and the server hears, or the other way round.
struct LinkedStreamsEachWay : LinkedStreams, ::testing::WithParamInterface<direction> {
    bool upward() const { return GetParam() == direction::up; }

    void link_with_faults(const impairments& way, const impairments& back = delayed(1ms))
    {
        if (upward()) link_with(way, back);
        else link_with(back, way);
    }
    template <typename Sending, typename Receiving>
    void play_from(Sending sending, Receiving receiving)
    {
        if (upward()) play(sending, receiving);
        else play(receiving, sending);
    }
    const heard& by_receiver() const { return upward() ? by_server : by_client; }
    const heard& by_sender() const { return upward() ? by_client : by_server; }
    // When the sender may begin, with a delay of 10 ms in its direction and 1 ms in the other: the
    // server's program learns of the connection by the client's acknowledgment.
    net::duration connected() const { return upward() ? 11ms : 1ms + 10ms + 1ms; }
};
INSTANTIATE_TEST_SUITE_P(, LinkedStreamsEachWay, ::testing::Values(direction::up, direction::down),
                         [](const auto& which) { return std::string(to_string(which.param)); });

} // namespace

TEST_P(LinkedStreamsEachWay, ARateTakesItsTimeForEveryByteExactly)
{
    impairments asked = delayed(10ms);
    asked.rate.bits_per_second = 8e6; // a byte takes 1 us
    const std::string sent = pattern(1'000'000);
    link_with_faults(asked);
    play_from(says_and_ends(sent), ends);
    EXPECT_TRUE(by_receiver().text == sent);
    EXPECT_EQ(by_receiver().ended_at, connected() + 1s + 10ms);
    EXPECT_EQ(by_receiver().at.front(), connected() + 1460us + 10ms);
    EXPECT_EQ(by_receiver().at.back(), connected() + 1s + 10ms);
}

TEST_P(LinkedStreamsEachWay, AResetAfterSomeBytesReachesBothSidesWhenTheyHaveArrived)
{
    link_with_faults(faulty(10ms, {.reset_after_bytes = 1000}));
    const std::string sent = pattern(5000);
    play_from(says(sent), [](net::tcp_stream&) -> awaitable<void> { co_return; });
    EXPECT_EQ(by_receiver().text, sent.substr(0, 1000));
    EXPECT_EQ(by_receiver().ended_by, error::connection_reset);
    EXPECT_EQ(by_receiver().ended_at, connected() + 10ms);
    EXPECT_EQ(by_sender().ended_by, error::connection_reset) << "it was blocked in a read";
    EXPECT_EQ(by_sender().ended_at, connected() + 10ms);
}

TEST_P(LinkedStreamsEachWay, AWriterThatWaitsIsResetToo)
{
    link_with_faults(faulty(10ms, {.reset_after_bytes = 1000}));
    const std::string sent = pattern(1 << 20);
    net::error_code failed;
    net::error_code failed_again;
    play_from(
        [&](net::tcp_stream& to) -> awaitable<void> {
            std::tie(failed, std::ignore) =
                co_await asio::async_write(to, asio::buffer(sent), as_result);
            std::tie(failed_again, std::ignore) =
                co_await asio::async_write(to, asio::buffer(sent), as_result);
        },
        [](net::tcp_stream&) -> awaitable<void> { co_return; });
    EXPECT_EQ(failed, error::connection_reset);
    EXPECT_EQ(failed_again, error::connection_reset);
    EXPECT_EQ(by_receiver().text, sent.substr(0, 1000));
}

TEST_P(LinkedStreamsEachWay, AResetAtATimeReachesBothSidesAtThatTime)
{
    link_with_faults(faulty(10ms, {.reset_after = 200ms}));
    play_from(says("hello"), says("hi"));
    EXPECT_EQ(by_receiver().text, "hello");
    EXPECT_EQ(by_sender().text, "hi");
    for (const heard* each : {&by_receiver(), &by_sender()}) {
        EXPECT_EQ(each->ended_by, error::connection_reset);
        EXPECT_EQ(each->ended_at, 200ms);
    }
}

TEST_P(LinkedStreamsEachWay, ACloseAfterSomeBytesEndsOneWayAndTheOtherLivesOn)
{
    link_with_faults(faulty(10ms, {.close_after_bytes = 1000}));
    const std::string sent = pattern(3 << 20);
    const std::string answer = pattern(700'000);
    bool all_said = false;
    play_from(
        [&](net::tcp_stream& to) -> awaitable<void> {
            co_await say(to, sent); // more than fits anywhere: it is thrown away
            all_said = true;
        },
        [&](net::tcp_stream& to) -> awaitable<void> {
            heard& own = upward() ? by_server : by_client;
            co_await hear(to, own);
            co_await client.sleep_for(1s);
            co_await say(to, answer);
            to.shutdown_send();
        });
    EXPECT_TRUE(all_said);
    EXPECT_EQ(by_receiver().text, sent.substr(0, 1000));
    EXPECT_EQ(by_receiver().ended_by, error::eof);
    EXPECT_EQ(by_receiver().ended_at, connected() + 10ms);
    EXPECT_TRUE(by_sender().text == answer);
    EXPECT_EQ(by_sender().ended_by, error::eof);
}

TEST_P(LinkedStreamsEachWay, AStallHoldsOneWayForItsTime)
{
    link_with_faults(faulty(10ms, {.stall_after_bytes = 3, .stall_for = 500ms}));
    play_from(says_and_ends("abcdef"), says_and_ends("other way"));
    EXPECT_EQ(by_receiver().text, "abcdef");
    EXPECT_EQ(by_receiver().reads, (std::vector<std::size_t>{3, 3}));
    EXPECT_EQ(by_receiver().at,
              (std::vector<net::duration>{connected() + 10ms, connected() + 510ms}));
    EXPECT_EQ(by_receiver().ended_at, connected() + 510ms) << "the end waits, too";
    EXPECT_EQ(by_sender().text, "other way");
    EXPECT_LE(by_sender().ended_at, 23ms);
}

TEST_P(LinkedStreamsEachWay, AStallForEverNeverEnds)
{
    link_with_faults(faulty(10ms, {.stall_after_bytes = 3}));
    play_from(says_and_ends("abcdef"), says_and_ends("other way"));
    EXPECT_EQ(by_receiver().text, "abc");
    EXPECT_FALSE(by_receiver().ended_by);
    EXPECT_EQ(by_sender().text, "other way");
    EXPECT_EQ(running, 1) << "the receiver still waits";
    server.stop();
    client.stop();
    world.run();
    EXPECT_EQ(running, 0);
}

TEST_P(LinkedStreamsEachWay, SlicesAreReadOneByOneAndSoLongApart)
{
    link_with_faults(faulty(10ms, {.slice_bytes = 4, .slice_gap = 7ms}));
    play_from(says_and_ends("0123456789"), ends);
    EXPECT_EQ(by_receiver().text, "0123456789");
    EXPECT_EQ(by_receiver().reads, (std::vector<std::size_t>{4, 4, 2}));
    const auto first = connected() + 10ms;
    EXPECT_EQ(by_receiver().at, (std::vector<net::duration>{first, first + 7ms, first + 14ms}));
}

TEST_P(LinkedStreamsEachWay, SlicesWithoutAGapAreStillReadOneByOne)
{
    link_with_faults(faulty(10ms, {.slice_bytes = 4}));
    play_from(says_and_ends("0123456789"), ends);
    EXPECT_EQ(by_receiver().reads, (std::vector<std::size_t>{4, 4, 2}));
    EXPECT_EQ(by_receiver().ended_at, connected() + 10ms);
}

TEST_P(LinkedStreamsEachWay, WhatIsSentIntoACutArrivesWhenItHasHealed)
{
    impairments cut = delayed(10ms);
    cut.cut = true;
    std::vector<link::change> changes{{50ms, cut}, {900ms, delayed(10ms)}};
    const auto back = delayed(1ms);
    if (upward()) link_with(delayed(10ms), back, changes);
    else link_with(back, delayed(10ms), {}, changes);
    play_from(
        [&](net::tcp_stream& to) -> awaitable<void> {
            co_await client.sleep_for(45ms - now());
            co_await say(to, "before ");
            co_await client.sleep_for(10ms);
            co_await say(to, "during");
            to.shutdown_send();
        },
        ends);
    EXPECT_EQ(by_receiver().text, "before during");
    EXPECT_EQ(by_receiver().at, (std::vector<net::duration>{55ms, 910ms}));
    EXPECT_EQ(by_receiver().ended_at, 910ms);
    EXPECT_EQ(by_receiver().ended_by, error::eof);
}

TEST_P(LinkedStreamsEachWay, AHalfClosedStreamIsEchoedWhole)
{
    link_with_faults({.loss = 0.05, .delay = {10ms, 15ms}, .corrupt = {.probability = 0.02}});
    const std::string sent = pattern(1 << 20);
    play_from(says_and_ends(sent), [&](net::tcp_stream& to) -> awaitable<void> {
        heard& own = upward() ? by_server : by_client;
        co_await hear(to, own);
        co_await say(to, own.text);
        to.shutdown_send();
    });
    EXPECT_TRUE(by_sender().text == sent);
    EXPECT_EQ(by_sender().ended_by, error::eof);
}
