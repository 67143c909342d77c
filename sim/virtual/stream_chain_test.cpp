// Connections through two links in a row: one handshake and one window from end to end.
#include "sim/virtual/linked_streams_for_tests.hpp"

using namespace badwire;
using namespace badwire::sim;
using namespace badwire::sim::testing;

namespace {

impairments cut_off(net::duration delay)
{
    impairments made = delayed(delay);
    made.cut = true;
    return made;
}

struct LinksInARow : LinkedStreams {
    std::unique_ptr<link::lane> home_up, home_down;
    std::unique_ptr<stream_entrance> home;
    net::tcp::endpoint at_home{loopback, 76};

    ~LinksInARow() override
    {
        if (!home) return;
        world.close(*home, at);
        at = at_home; // for the fixture
    }

    // The client is behind "home", and that leads to "wan" (the fixture's own link).
    void link_both(const impairments& home_way, const impairments& wan_way,
                   std::vector<link::change> home_changes = {},
                   std::vector<link::change> wan_changes = {})
    {
        link_with(wan_way, wan_way, wan_changes, wan_changes);
        home_up = std::make_unique<link::lane>(1, "home", direction::up, home_way, home_changes);
        home_down =
            std::make_unique<link::lane>(1, "home", direction::down, home_way, home_changes);
        home = std::make_unique<stream_entrance>(world, *home_up, *home_down, at, "client");
        world.open(*home, at_home);
        std::swap(at, at_home); // where the client connects to
    }

    net::duration connected_at{-1}, accepted_at{-1};
};

} // namespace

TEST_F(LinksInARow, TheHandshakeTakesBothWays)
{
    link_both(delayed(10ms), delayed(30ms));
    play(
        [this](net::tcp_stream& stream) -> awaitable<void> {
            connected_at = now();
            co_await asio::async_write(stream, asio::buffer("hello", 5), asio::use_awaitable);
            stream.shutdown_send();
        },
        [this](net::tcp_stream& stream) -> awaitable<void> {
            accepted_at = now();
            stream.shutdown_send();
            co_return;
        });
    EXPECT_EQ(connected_at, 80ms);
    EXPECT_EQ(accepted_at, 120ms);
    EXPECT_EQ(by_server.text, "hello");
    EXPECT_EQ(by_server.at.at(0), 120ms);
    EXPECT_EQ(by_client.ended_at, 160ms);
    for (const auto* one : {home_up.get(), home_down.get(), up.get(), down.get()})
        EXPECT_EQ(one->struck().connections, 1u) << one->link_name();
}

TEST_F(LinksInARow, ARefusalComesBackOverBoth)
{
    link_both(delayed(10ms), delayed(30ms));
    listener.close();
    net::error_code failed;
    spawn(client, [&]() -> awaitable<void> {
        auto stream = client.make_tcp_stream();
        try {
            co_await stream.async_connect(at);
        } catch (const net::system_error& error) {
            failed = error.code();
        }
        connected_at = now();
    });
    world.run();
    EXPECT_EQ(failed, error::connection_refused);
    EXPECT_EQ(connected_at, 80ms);
}

TEST_F(LinksInARow, ACutOfTheSecondLosesTheRequestWhichIsRepeated)
{
    link_both(delayed(10ms), delayed(30ms), {}, {{0ms, cut_off(30ms)}, {500ms, delayed(30ms)}});
    play(
        [this](net::tcp_stream& stream) -> awaitable<void> {
            connected_at = now();
            stream.shutdown_send();
            co_return;
        },
        [](net::tcp_stream& stream) -> awaitable<void> {
            stream.shutdown_send();
            co_return;
        });
    EXPECT_EQ(connected_at, 1s + 80ms);
}

TEST_F(LinksInARow, BytesArriveInOrderAndStallWhileOneIsCut)
{
    link_both(delayed(10ms), delayed(30ms), {{200ms, cut_off(10ms)}, {700ms, delayed(10ms)}});
    const std::string text = pattern(3'000'000);
    play(
        [&](net::tcp_stream& stream) -> awaitable<void> {
            co_await asio::async_write(stream, asio::buffer(text), asio::use_awaitable);
            stream.shutdown_send();
        },
        [](net::tcp_stream& stream) -> awaitable<void> {
            stream.shutdown_send();
            co_return;
        });
    EXPECT_EQ(by_server.text, text);
    EXPECT_GE(by_server.ended_at, 700ms);
}

// A window of W bytes is used once in each round trip of both links, 80 ms.
TEST_F(LinksInARow, OneWindowHoldsFromEndToEnd)
{
    link_both(delayed(10ms), delayed(30ms));
    constexpr std::size_t windows = 10;
    constexpr std::size_t window = link::stream_faults{}.window_bytes;
    const std::string text = pattern(windows * window);
    play(
        [&](net::tcp_stream& stream) -> awaitable<void> {
            co_await asio::async_write(stream, asio::buffer(text), asio::use_awaitable);
            stream.shutdown_send();
        },
        [](net::tcp_stream& stream) -> awaitable<void> {
            stream.shutdown_send();
            co_return;
        });
    EXPECT_EQ(by_server.text, text);
    EXPECT_EQ(by_server.ended_at, 80ms + 40ms + (windows - 1) * 80ms);
}
