// Connections through the relay on loopback.
#include "sim/relay/relay_tcp_peers_for_tests.hpp"

using namespace badwire::relay::testing;
using namespace std::chrono_literals;
using badwire::relay::relay;

TEST_F(RelayTcpTest, AHalfClosedStreamIsEchoedWholeAndNotEarly)
{
    const badwire::link::impairments asked{.loss = 0.01, .delay = {10ms, 15ms}};
    relay through(context, {.link = {asked, asked}});
    const auto at = open(through);
    const std::string sent = pattern(1 << 20);
    std::string echoed;
    spawn([&]() -> awaitable<void> {
        auto peer = co_await listening.async_accept(boost::asio::use_awaitable);
        const auto [all, failed] = co_await read_all(peer);
        EXPECT_EQ(failed, boost::asio::error::eof);
        co_await boost::asio::async_write(peer, boost::asio::buffer(all),
                                          boost::asio::use_awaitable);
    });
    const auto started = std::chrono::steady_clock::now();
    spawn([&]() -> awaitable<void> {
        auto client = co_await connect(at);
        co_await boost::asio::async_write(client, boost::asio::buffer(sent),
                                          boost::asio::use_awaitable);
        client.shutdown(tcp::socket::shutdown_send);
        const auto [all, failed] = co_await read_all(client);
        EXPECT_EQ(failed, boost::asio::error::eof);
        echoed = all;
    });
    run();
    EXPECT_GE(std::chrono::steady_clock::now() - started, 20ms);
    EXPECT_TRUE(echoed == sent);
}

TEST_F(RelayTcpTest, ManyConnectionsAtOnceKeepTheirStreamsApart)
{
    relay through(context, {});
    const auto at = open(through);
    constexpr int clients = 30;
    spawn([&]() -> awaitable<void> {
        for (int i = 0; i < clients; ++i)
            spawn([](tcp::socket peer) -> awaitable<void> {
                const auto [all, failed] = co_await read_all(peer);
                co_await boost::asio::async_write(peer, boost::asio::buffer("re: " + all),
                                                  boost::asio::use_awaitable);
            }(co_await listening.async_accept(boost::asio::use_awaitable)));
    });
    for (int i = 0; i < clients; ++i)
        spawn([](auto connecting, std::string text) -> awaitable<void> {
            auto client = co_await std::move(connecting);
            co_await boost::asio::async_write(client, boost::asio::buffer(text),
                                              boost::asio::use_awaitable);
            client.shutdown(tcp::socket::shutdown_send);
            const auto [all, failed] = co_await read_all(client);
            EXPECT_EQ(all, "re: " + text);
        }(connect(at), "client " + std::to_string(i)));
    run();
}

TEST_F(RelayTcpTest, ASenderWaitsForASlowReaderAndNothingIsLost)
{
    relay through(context, {.link = {.up = {.loss = 0, .delay = {1ms, 2ms}}, .down = {}}});
    const auto at = open(through);
    const std::string sent = pattern(24 << 20);
    bool stalled = false;
    std::string arrived;
    send_to(at, sent);
    spawn([&]() -> awaitable<void> {
        auto peer = co_await listening.async_accept(boost::asio::use_awaitable);
        boost::asio::steady_timer nap(context, 100ms);
        co_await nap.async_wait(boost::asio::use_awaitable);
        stalled = running == 2;
        arrived = (co_await read_all(peer)).first;
    });
    run();
    EXPECT_TRUE(stalled) << "24 MiB do not fit into what the relay may hold";
    EXPECT_TRUE(arrived == sent);
}

TEST_F(RelayTcpTest, AResetReachesTheOtherSideAsAReset)
{
    relay through(context, {.link = {.up = {.loss = 0, .delay = {5ms, 5ms}}, .down = {}}});
    const auto at = open(through);
    spawn([&]() -> awaitable<void> {
        auto client = co_await connect(at);
        co_await boost::asio::async_write(client, boost::asio::buffer("x", 1),
                                          boost::asio::use_awaitable);
        char reply = 0;
        co_await boost::asio::async_read(client, boost::asio::buffer(&reply, 1),
                                         boost::asio::use_awaitable);
        client.set_option(tcp::socket::linger(true, 0));
        client.close(); // its destructor would not linger, and so not reset
    });
    spawn([&]() -> awaitable<void> {
        auto peer = co_await listening.async_accept(boost::asio::use_awaitable);
        co_await boost::asio::async_write(peer, boost::asio::buffer("y", 1),
                                          boost::asio::use_awaitable);
        const auto [all, failed] = co_await read_all(peer);
        EXPECT_EQ(all, "x");
        EXPECT_EQ(failed, boost::asio::error::connection_reset);
    });
    run();
}

TEST_F(RelayTcpTest, AnUpstreamThatRefusesIsAResetForTheClient)
{
    relay through(context, {});
    const auto at = open(through);
    listening.close();
    spawn([&]() -> awaitable<void> {
        auto client = co_await connect(at);
        const auto [all, failed] = co_await read_all(client);
        EXPECT_EQ(failed, boost::asio::error::connection_reset);
    });
    run();
}

TEST_F(RelayTcpTest, ClosingTheRelayResetsItsConnections)
{
    relay through(context, {});
    const auto at = open(through);
    spawn([&]() -> awaitable<void> {
        auto client = co_await connect(at);
        auto peer = co_await listening.async_accept(boost::asio::use_awaitable);
        through.close();
        EXPECT_EQ((co_await read_all(client)).second, boost::asio::error::connection_reset);
        EXPECT_EQ((co_await read_all(peer)).second, boost::asio::error::connection_reset);
    });
    run();
    context.restart();
    context.run();
}
