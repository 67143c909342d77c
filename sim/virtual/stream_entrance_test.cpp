// How connections through a virtual link begin and end.
#include <boost/asio/detached.hpp>

#include "sim/virtual/linked_streams_for_tests.hpp"

using namespace badwire;
using namespace badwire::sim::testing;

TEST_F(LinkedStreams, ARequestTakesTheDelayUpAndItsAnswerTheDelayDown)
{
    link_with(delayed(20ms), delayed(3ms));
    net::duration accepted{};
    net::duration connected{};
    play(
        [&](net::tcp_stream&) -> awaitable<void> {
            connected = now();
            co_return;
        },
        [&](net::tcp_stream& stream) -> awaitable<void> {
            accepted = now();
            stream.close();
            co_return;
        });
    EXPECT_EQ(accepted, 20ms);
    EXPECT_EQ(connected, 23ms);
    EXPECT_EQ(by_client.ended_by, error::eof);
    EXPECT_EQ(by_client.ended_at, 23ms);
}

TEST_F(LinkedStreams, ARefusedConnectionFailsAfterARoundTripAndNobodySeesIt)
{
    link_with(faulty(20ms, {.refuse = 1}), delayed(3ms));
    listener.expires_after(1s);
    spawn(server, [&]() -> awaitable<void> {
        auto [failed, stream] = co_await listener.async_accept(as_result);
        EXPECT_EQ(failed, error::timed_out);
    });
    spawn(client, [&]() -> awaitable<void> {
        auto stream = client.make_tcp_stream();
        auto [failed] = co_await stream.async_connect(at, as_result);
        EXPECT_EQ(failed, error::connection_refused);
        EXPECT_EQ(now(), 23ms);
    });
    world.run();
    EXPECT_EQ(running, 0);
}

TEST_F(LinkedStreams, TheShareThatIsAskedIsRefused)
{
    link_with(faulty(0ms, {.refuse = 0.3}));
    constexpr std::uint64_t clients = 300;
    std::uint64_t refused = 0;
    for (std::uint64_t i = 0; i < clients; ++i)
        spawn(client, [&, i]() -> awaitable<void> {
            auto stream = client.make_tcp_stream();
            auto [failed] = co_await stream.async_connect(at, as_result);
            EXPECT_EQ(failed.failed(), up->stream_refused(up->open_flow("client"), i));
            refused += failed ? 1 : 0;
        });
    world.run();
    EXPECT_NEAR(static_cast<double>(refused), 90, 27) << "99.9 % of binomial(300, 0.3)";
}

TEST_F(LinkedStreams, AConnectionAskedForDuringACutWaitsUntilItHeals)
{
    impairments cut = delayed(20ms);
    cut.cut = true;
    link_with(cut, delayed(3ms), {{1s, delayed(20ms)}});
    play(says_and_ends("hello"), ends);
    EXPECT_EQ(by_client.ended_by, error::eof);
    EXPECT_EQ(by_server.text, "hello");
    EXPECT_EQ(by_server.at.front(), 1s + 20ms + 3ms + 20ms);
}

TEST_F(LinkedStreams, WhatChangesWhileARequestIsOnItsWayChangesNothingOfIt)
{
    link_with(delayed(10ms), delayed(10ms), {{5ms, delayed(20ms)}, {15ms, delayed(30ms)}},
              {{5ms, delayed(20ms)}, {15ms, delayed(30ms)}});
    play(says_and_ends("hello"), ends);
    EXPECT_EQ(by_server.text, "hello");
    EXPECT_EQ(by_server.at.front(), 10ms + 20ms + 30ms);
    EXPECT_EQ(by_client.ended_by, error::eof);
}

TEST_F(LinkedStreams, ACutThatIsHealedByHandLetsEverythingPass)
{
    impairments cut = delayed(20ms);
    cut.cut = true;
    link_with(cut, delayed(3ms));
    spawn(server, [&]() -> awaitable<void> {
        co_await server.sleep_for(400ms);
        up->change_to(delayed(5ms));
        entrance->asked_changed();
    });
    play(says_and_ends("hello"), ends);
    EXPECT_EQ(by_server.at.front(), 400ms + 5ms + 3ms + 5ms);
}

TEST_F(LinkedStreams, AResetBeforeTheAnswerEndsConnect)
{
    link_with(faulty(20ms, {.reset_after = 30ms}), delayed(20ms));
    spawn(server, [&]() -> awaitable<void> {
        auto stream = co_await listener.async_accept();
        co_await hear(stream, by_server);
    });
    spawn(client, [&]() -> awaitable<void> {
        auto stream = client.make_tcp_stream();
        auto [failed] = co_await stream.async_connect(at, as_result);
        EXPECT_EQ(failed, error::connection_reset);
        EXPECT_EQ(now(), 30ms);
    });
    world.run();
    EXPECT_EQ(by_server.ended_by, error::connection_reset);
    EXPECT_EQ(by_server.ended_at, 30ms);
}

TEST_F(LinkedStreams, AClientThatGaveUpIsAResetForTheServer)
{
    link_with(delayed(20ms), delayed(20ms));
    spawn(server, [&]() -> awaitable<void> {
        auto stream = co_await listener.async_accept();
        co_await hear(stream, by_server);
    });
    spawn(client, [&]() -> awaitable<void> {
        auto stream = client.make_tcp_stream();
        stream.expires_after(30ms);
        auto [failed] = co_await stream.async_connect(at, as_result);
        EXPECT_EQ(failed, error::timed_out);
    });
    world.run();
    EXPECT_EQ(by_server.ended_by, error::connection_reset);
    EXPECT_EQ(by_server.ended_at, 60ms);
}

TEST_F(LinkedStreams, StreamsShareABottleneck)
{
    impairments asked;
    asked.rate.bits_per_second = 8e6;
    link_with(asked);
    const std::string sent(146'000, 'x'); // whole segments
    std::vector<net::duration> ends_at;
    const auto serve = [&](net::tcp_stream stream) -> awaitable<void> {
        heard all;
        co_await hear(stream, all);
        EXPECT_EQ(all.text.size(), sent.size());
        ends_at.push_back(all.ended_at);
    };
    spawn(server, [&]() -> awaitable<void> {
        for (int i = 0; i < 2; ++i)
            asio::co_spawn(server.get_executor(), serve(co_await listener.async_accept()),
                           asio::detached);
    });
    for (int i = 0; i < 2; ++i)
        spawn(client, [&]() -> awaitable<void> {
            auto stream = client.make_tcp_stream();
            co_await stream.async_connect(at);
            co_await say(stream, sent);
        });
    world.run();
    EXPECT_EQ(ends_at, (std::vector<net::duration>{292ms - 1460us, 292ms}));
}

TEST_F(LinkedStreams, ALinkThatGoesLeavesItsConnectionsSilent)
{
    link_with(delayed(10ms), delayed(10ms));
    spawn(server, [&]() -> awaitable<void> {
        auto stream = co_await listener.async_accept();
        co_await hear(stream, by_server);
    });
    spawn(client, [&]() -> awaitable<void> {
        auto stream = client.make_tcp_stream();
        co_await stream.async_connect(at);
        co_await say(stream, "lost");
        world.close(at);
        entrance.reset();
        up.reset();
        down.reset();
        co_await say(stream, "nowhere");
        stream.shutdown_send();
    });
    world.run();
    EXPECT_EQ(by_server.text, "");
    EXPECT_FALSE(by_server.ended_by);
    EXPECT_EQ(running, 1);
    server.stop();
    world.run();
    EXPECT_EQ(running, 0);
}

TEST_F(LinkedStreams, AReaderWithALargeBufferNeverStopsItsWriter)
{
    const std::string sent = pattern(5 << 20);
    at = listener.local_endpoint(); // no link between
    play(says_and_ends(sent), ends);
    EXPECT_TRUE(by_server.text == sent);
    EXPECT_EQ(running, 0);
}
