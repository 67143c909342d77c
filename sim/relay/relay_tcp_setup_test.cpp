// How connections through the relay begin, by the relay on loopback: what the client's system sees,
// and times as lower bounds. sim/link/stream_setup_test.cpp has the exact ones.
#include "sim/relay/relay_tcp_peers_for_tests.hpp"

using namespace badwire::relay::testing;
using namespace std::chrono_literals;
using badwire::link::impairments;
using badwire::link::link_options;
using badwire::relay::endpoint;
using badwire::relay::relay;
namespace error = boost::asio::error;

namespace {

impairments delayed(std::chrono::milliseconds by)
{
    impairments made;
    made.delay = {by, by};
    return made;
}

class RelayTcpSetup : public RelayTcpTest {
protected:
    awaitable<error_code> try_to_connect(endpoint at)
    {
        tcp::socket client(context);
        auto [failed] = co_await client.async_connect({at.address(), at.port()}, as_result);
        co_return failed;
    }
};

} // namespace

TEST_F(RelayTcpSetup, WhereNobodyListensClientsAreResetAfterARoundTripUntilSomebodyDoes)
{
    relay through(context, {.link = {delayed(30ms), delayed(20ms)}});
    const auto upstream = listening.local_endpoint();
    listening.close();
    const auto at = open_to(through, upstream.port());
    spawn([&]() -> awaitable<void> {
        const auto started = clock::now();
        auto client = co_await connect(at);
        EXPECT_EQ((co_await read_all(client)).second, error::connection_reset);
        EXPECT_GE(clock::now() - started, 50ms);

        listening = tcp::acceptor(context, upstream);
        auto another = co_await connect(at);
        auto peer = co_await listening.async_accept(boost::asio::use_awaitable);
        peer.close();
        EXPECT_EQ((co_await read_all(another)).second, error::eof);
    });
    run();
}

TEST_F(RelayTcpSetup, ALinkThatRefusesAllResetsClientsAfterARoundTrip)
{
    impairments refusing = delayed(30ms);
    refusing.tcp.refuse = 1;
    relay through(context, {.link = {.up = refusing, .down = delayed(20ms)}});
    const auto at = open(through);
    bool seen = false;
    listening.async_accept([&](error_code failed, tcp::socket) { seen = !failed; });
    const auto started = clock::now();
    spawn([&]() -> awaitable<void> {
        auto client = co_await connect(at);
        EXPECT_EQ((co_await read_all(client)).second, error::connection_reset);
        EXPECT_GE(clock::now() - started, 50ms);
    });
    run();
    EXPECT_FALSE(seen);
}

TEST_F(RelayTcpSetup, DuringACutTheClientsSystemWaitsAndAsksAgain)
{
    for (const bool of_up : {true, false}) {
        impairments cut;
        cut.cut = true;
        link_options asked;
        (of_up ? asked.up : asked.down) = cut;
        (of_up ? asked.up_changes : asked.down_changes) = {{300ms, {}}};
        relay through(context, {.link = asked});
        const auto at = open(through);
        const auto started = clock::now();
        spawn([&]() -> awaitable<void> {
            EXPECT_EQ(co_await try_to_connect(at), error_code());
            EXPECT_GE(clock::now() - started, 300ms);
        });
        run();
    }
}

TEST_F(RelayTcpSetup, AClientThatSpeaksFirstIsAnsweredAfterTwoRoundTrips)
{
    relay through(context, {.link = {delayed(30ms), delayed(20ms)}});
    const auto at = open(through);
    const auto started = clock::now();
    spawn([&]() -> awaitable<void> {
        auto peer = co_await listening.async_accept(boost::asio::use_awaitable);
        EXPECT_GE(clock::now() - started, 80ms) << "the third packet has come";
        const auto [all, failed] = co_await read_all(peer);
        co_await boost::asio::async_write(peer, boost::asio::buffer("re: " + all),
                                          boost::asio::use_awaitable);
    });
    spawn([&]() -> awaitable<void> {
        auto client = co_await connect(at);
        co_await boost::asio::async_write(client, boost::asio::buffer("hello", 5),
                                          boost::asio::use_awaitable);
        client.shutdown(tcp::socket::shutdown_send);
        EXPECT_EQ((co_await read_all(client)).first, "re: hello");
        EXPECT_GE(clock::now() - started, 100ms);
    });
    run();
}

TEST_F(RelayTcpSetup, AWindowLimitsWhatIsOnItsWayInARoundTrip)
{
    impairments asked = delayed(15ms);
    asked.tcp.window_bytes = 64 << 10;
    relay through(context, {.link = {asked, delayed(15ms)}});
    const auto at = open(through);
    const std::string sent = pattern(1 << 20);
    const auto started = clock::now();
    send_to(at, sent);
    spawn([&]() -> awaitable<void> {
        auto peer = co_await listening.async_accept(boost::asio::use_awaitable);
        EXPECT_TRUE((co_await read_all(peer)).first == sent);
        EXPECT_GE(clock::now() - started, 30ms + 15 * 30ms + 15ms) << "16 windows";
    });
    run();
}

TEST_F(RelayTcpSetup, WhoWritesToAPeerThatHasClosedLearnsItAfterARoundTrip)
{
    relay through(context, {.link = {delayed(30ms), delayed(20ms)}});
    const auto at = open(through);
    spawn([&]() -> awaitable<void> {
        auto peer = co_await listening.async_accept(boost::asio::use_awaitable);
        peer.close();
    });
    spawn([&]() -> awaitable<void> {
        auto client = co_await connect(at);
        EXPECT_EQ((co_await read_all(client)).second, error::eof);
        const auto wrote = clock::now();
        error_code failed;
        while (!failed && clock::now() - wrote < 10s) {
            failed = std::get<0>(
                co_await boost::asio::async_write(client, boost::asio::buffer("x", 1), as_result));
            co_await nap(1ms);
        }
        EXPECT_EQ(failed, error::broken_pipe);
        EXPECT_GE(clock::now() - wrote, 50ms);
    });
    run();
}
