// How connections through a virtual link begin and end.
#include <boost/asio/detached.hpp>

#include "sim/virtual/linked_streams_for_tests.hpp"

using namespace badwire;
using namespace badwire::sim::testing;

TEST_F(LinkedStreams, EachOfThreePacketsTakesTheDelayOfItsDirection)
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
    EXPECT_EQ(connected, 23ms);
    EXPECT_EQ(accepted, 43ms);
    EXPECT_EQ(by_client.ended_by, error::eof);
    EXPECT_EQ(by_client.ended_at, 46ms);
}

TEST_F(LinkedStreams, ARefusedConnectionFailsAfterARoundTripAndNobodySeesIt)
{
    link_with(faulty(20ms, {.refuse = 1}), delayed(3ms));
    nobody_is_accepted();
    connecting_fails(error::connection_refused, 23ms);
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

TEST_F(LinkedStreams, AConnectionAskedForDuringACutIsAskedForAgain)
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
    EXPECT_EQ(by_server.at.front(), 1s + 5ms + 3ms + 5ms) << "asked for again";
}

TEST_F(LinkedStreams, AResetBeforeTheAnswerEndsConnect)
{
    link_with(faulty(20ms, {.reset_after = 30ms}), delayed(20ms));
    nobody_is_accepted();
    connecting_fails(error::connection_reset, 30ms);
}

TEST_F(LinkedStreams, AClientThatGaveUpIsNotAccepted)
{
    link_with(delayed(20ms), delayed(20ms));
    nobody_is_accepted();
    connecting_fails(error::timed_out, 30ms, 30ms);
}

TEST_F(LinkedStreams, AClientThatIsNeverAnsweredGivesUp)
{
    impairments cut;
    cut.cut = true;
    link_with({}, cut);
    connecting_fails(error::timed_out, 127s);
}

TEST_F(LinkedStreams, ARequestAndItsAnswerTakeTwoRoundTripsAndTheWork)
{
    link_with(delayed(200ms), delayed(200ms));
    play(says("request"), [&](net::tcp_stream& stream) -> awaitable<void> {
        std::array<char, 7> request{};
        co_await asio::async_read(stream, asio::buffer(request), asio::use_awaitable);
        co_await server.sleep_for(100ms);
        co_await say(stream, "answer");
        stream.shutdown_send();
    });
    EXPECT_EQ(by_client.text, "answer");
    EXPECT_EQ(by_client.at.front(), 900ms);
}

TEST_F(LinkedStreams, AWindowPerRoundTripIsTheGoodput)
{
    impairments asked = delayed(30ms);
    asked.tcp.window_bytes = 10'000;
    link_with(asked, delayed(20ms));
    const std::string sent = pattern(100'000);
    play(says_and_ends(sent), ends);
    EXPECT_TRUE(by_server.text == sent);
    EXPECT_EQ(by_server.ended_at, 50ms + 9 * 50ms + 30ms)
        << "connected, nine windows, the last one";
}

TEST_F(LinkedStreams, AWriterLearnsOfItsPeersCloseWhenItsAnswerHasCome)
{
    link_with(delayed(500ms), delayed(500ms));
    std::vector<std::pair<net::duration, net::error_code>> writes;
    spawn(server, [&]() -> awaitable<void> {
        auto stream = co_await listener.async_accept(); // at 1.5 s
        stream.close();
    });
    spawn(client, [&]() -> awaitable<void> {
        auto stream = client.make_tcp_stream();
        co_await stream.async_connect(at);
        for (const net::duration when : {1700ms, 2600ms, 2699ms, 2701ms}) {
            co_await client.sleep_for(when - now());
            auto [failed, count] =
                co_await asio::async_write(stream, asio::buffer("x", 1), as_result);
            writes.emplace_back(when, failed);
        }
        co_await hear(stream, by_client);
    });
    world.run();
    const net::error_code none;
    EXPECT_EQ(writes,
              (std::vector<std::pair<net::duration, net::error_code>>{
                  {1700ms, none}, {2600ms, none}, {2699ms, none}, {2701ms, error::broken_pipe}}));
    EXPECT_EQ(by_client.ended_by, error::eof) << "what had come before";
}

TEST_F(LinkedStreams, WhatAClientSaysThatEndsAtOnceArrives)
{
    link_with(delayed(20ms), delayed(20ms));
    spawn(server, [&]() -> awaitable<void> {
        auto stream = co_await listener.async_accept();
        co_await hear(stream, by_server);
    });
    spawn(client, [&]() -> awaitable<void> {
        auto stream = client.make_tcp_stream();
        co_await stream.async_connect(at);
        co_await say(stream, "hello"); // and its end is that of the stream
    });
    world.run();
    EXPECT_EQ(by_server.text, "hello");
    EXPECT_EQ(by_server.ended_by, error::eof);
}

TEST_F(LinkedStreams, ClosingWithUnreadBytesIsAReset)
{
    link_with(delayed(20ms), delayed(20ms));
    spawn(server, [&]() -> awaitable<void> {
        auto stream = co_await listener.async_accept();
        co_await server.sleep_for(1s);
        stream.close();
    });
    spawn(client, [&]() -> awaitable<void> {
        auto stream = client.make_tcp_stream();
        co_await stream.async_connect(at);
        co_await say(stream, "nobody reads this");
        co_await hear(stream, by_client);
    });
    world.run();
    EXPECT_EQ(by_client.ended_by, error::connection_reset);
    EXPECT_EQ(by_client.ended_at, 60ms + 1s + 20ms);
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
        co_await client.sleep_for(10ms); // the server accepts
        co_await say(stream, "lost");
        world.close(*entrance, at);
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
