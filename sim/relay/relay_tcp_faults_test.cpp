// Connections through a bad link, by the relay on loopback. sim/virtual/stream_faults_test.cpp
// tests the same on the virtual network, where times are exact; here they are lower bounds.
#include "sim/relay/relay_tcp_peers_for_tests.hpp"
#include "sim/relay/tcp_forwarder.hpp"

using namespace badwire::relay::testing;
using namespace std::chrono_literals;
using badwire::link::direction;
using badwire::link::impairments;
using badwire::link::link_options;
using badwire::link::stream_faults;
using badwire::relay::endpoint;
using badwire::relay::relay;
namespace error = boost::asio::error;

namespace {

impairments faulty(const stream_faults& faults)
{
    impairments made;
    made.delay = {2ms, 2ms};
    made.tcp = faults;
    return made;
}

impairments cut()
{
    impairments made;
    made.cut = true;
    return made;
}

class RelayTcpFaults : public RelayTcpTest {
protected:
    // One connection: each side does its part with its socket.
    template <typename ClientPart, typename ServerPart>
    void play(endpoint at, ClientPart client_part, ServerPart server_part)
    {
        spawn([this, server_part]() -> awaitable<void> {
            auto peer = co_await listening.async_accept(boost::asio::use_awaitable);
            co_await server_part(peer);
        });
        spawn([this, client_part, at]() -> awaitable<void> {
            auto client = co_await connect(at);
            co_await client_part(client);
        });
    }

    static auto hears(std::string& text, error_code& ended_by)
    {
        return [&text, &ended_by](tcp::socket& from) -> awaitable<void> {
            auto [all, failed] = co_await read_all(from);
            text = all;
            ended_by = failed;
        };
    }
};

// The same in each direction: the client sends and the server hears, or the other way round.
class RelayTcpEachWay : public RelayTcpFaults, public ::testing::WithParamInterface<direction> {
protected:
    link_options faults(const stream_faults& asked) const
    {
        if (GetParam() == direction::up) return {.up = faulty(asked), .down = faulty({})};
        return {.up = faulty({}), .down = faulty(asked)};
    }

    template <typename Sending, typename Receiving>
    void play_from(endpoint at, Sending sending, Receiving receiving)
    {
        if (GetParam() == direction::up) play(at, sending, receiving);
        else play(at, receiving, sending);
    }

    std::string by_receiver, by_sender;
    error_code receiver_ended, sender_ended;
};
INSTANTIATE_TEST_SUITE_P(, RelayTcpEachWay, ::testing::Values(direction::up, direction::down),
                         [](const auto& which) { return std::string(to_string(which.param)); });

awaitable<void> say(tcp::socket& to, std::string_view text)
{
    auto [failed, count] =
        co_await boost::asio::async_write(to, boost::asio::buffer(text), as_result);
    EXPECT_FALSE(failed) << failed.message();
}

} // namespace

TEST_P(RelayTcpEachWay, AResetAfterSomeBytesReachesBothSidesAfterExactlyThose)
{
    relay through(context, {.link = faults({.reset_after_bytes = 1000})});
    const std::string sent = pattern(5000);
    play_from(
        open(through),
        [&](tcp::socket& to) -> awaitable<void> {
            co_await say(to, sent);
            co_await hears(by_sender, sender_ended)(to); // blocked in a read
        },
        hears(by_receiver, receiver_ended));
    run();
    EXPECT_EQ(by_receiver, sent.substr(0, 1000));
    EXPECT_EQ(receiver_ended, error::connection_reset);
    EXPECT_EQ(sender_ended, error::connection_reset);
}

TEST_P(RelayTcpEachWay, AResetWaitsUntilASlowReaderHasItsBytes)
{
    constexpr std::size_t bytes = 12 << 20; // more than the system's buffers take
    relay through(context, {.link = faults({.reset_after_bytes = bytes})});
    const std::string sent = pattern(bytes + 1);
    play_from(
        open(through),
        [&](tcp::socket& to) -> awaitable<void> {
            co_await boost::asio::async_write(to, boost::asio::buffer(sent), as_result);
        },
        [&](tcp::socket& from) -> awaitable<void> {
            co_await nap(100ms);
            co_await hears(by_receiver, receiver_ended)(from);
        });
    run();
    EXPECT_TRUE(by_receiver == sent.substr(0, bytes)) << by_receiver.size();
    EXPECT_EQ(receiver_ended, error::connection_reset);
}

TEST_P(RelayTcpEachWay, AResetAtATimeReachesBothSides)
{
    relay through(context, {.link = faults({.reset_after = 100ms})});
    const auto started = clock::now();
    play_from(open(through), hears(by_sender, sender_ended), hears(by_receiver, receiver_ended));
    run();
    EXPECT_GE(clock::now() - started, 100ms);
    EXPECT_EQ(receiver_ended, error::connection_reset);
    EXPECT_EQ(sender_ended, error::connection_reset);
}

TEST_P(RelayTcpEachWay, ACloseAfterSomeBytesEndsOneWayAndTheOtherLivesOn)
{
    relay through(context, {.link = faults({.close_after_bytes = 1000})});
    const std::string sent = pattern(24 << 20); // more than fits anywhere: it is thrown away
    const std::string answer = pattern(700'000);
    play_from(
        open(through),
        [&](tcp::socket& to) -> awaitable<void> {
            co_await say(to, sent);
            co_await hears(by_sender, sender_ended)(to);
        },
        [&](tcp::socket& from) -> awaitable<void> {
            co_await hears(by_receiver, receiver_ended)(from);
            co_await say(from, answer);
            from.shutdown(tcp::socket::shutdown_send);
            co_await nap(50ms); // the sender may take its time
        });
    run();
    EXPECT_EQ(by_receiver, sent.substr(0, 1000));
    EXPECT_EQ(receiver_ended, error::eof);
    EXPECT_TRUE(by_sender == answer);
    EXPECT_EQ(sender_ended, error::eof);
}

TEST_P(RelayTcpEachWay, AStallHoldsOneWayForItsTime)
{
    relay through(context, {.link = faults({.stall_after_bytes = 3, .stall_for = 150ms})});
    const auto started = clock::now();
    play_from(
        open(through),
        [&](tcp::socket& to) -> awaitable<void> {
            co_await say(to, "abcdef");
            to.shutdown(tcp::socket::shutdown_send);
            co_await hears(by_sender, sender_ended)(to);
        },
        [&](tcp::socket& from) -> awaitable<void> {
            co_await say(from, "other way");
            from.shutdown(tcp::socket::shutdown_send);
            co_await hears(by_receiver, receiver_ended)(from);
        });
    run();
    EXPECT_GE(clock::now() - started, 150ms);
    EXPECT_EQ(by_receiver, "abcdef");
    EXPECT_EQ(receiver_ended, error::eof);
    EXPECT_EQ(by_sender, "other way");
}

TEST_P(RelayTcpEachWay, AStallForEverEndsWithTheRelay)
{
    relay through(context, {.link = faults({.stall_after_bytes = 3})});
    std::string before;
    play_from(
        open(through),
        [&](tcp::socket& to) -> awaitable<void> {
            co_await say(to, "abcdef");
            co_await hears(by_sender, sender_ended)(to);
        },
        [&](tcp::socket& from) -> awaitable<void> {
            co_await say(from, "other way");
            from.shutdown(tcp::socket::shutdown_send);
            std::array<char, 3> first{};
            auto [failed, count] =
                co_await boost::asio::async_read(from, boost::asio::buffer(first), as_result);
            before = std::string(first.data(), count);
            co_await hears(by_receiver, receiver_ended)(from);
        });
    const auto only_the_receiver_waits = [&] { return running == 1 && !before.empty(); };
    EXPECT_TRUE(run_until(context, only_the_receiver_waits));
    EXPECT_EQ(before, "abc");
    EXPECT_EQ(by_sender, "other way");
    through.close();
    run();
    EXPECT_EQ(by_receiver, "");
    EXPECT_EQ(receiver_ended, error::connection_reset);
}

TEST_P(RelayTcpEachWay, SlicesAreReadOneByOne)
{
    relay through(context, {.link = faults({.slice_bytes = 4, .slice_gap = 20ms})});
    std::vector<std::size_t> reads;
    play_from(
        open(through),
        [&](tcp::socket& to) -> awaitable<void> {
            co_await say(to, "0123456789");
            to.shutdown(tcp::socket::shutdown_send);
            co_await hears(by_sender, sender_ended)(to);
        },
        [&](tcp::socket& from) -> awaitable<void> {
            from.shutdown(tcp::socket::shutdown_send);
            for (std::array<char, 100> buffer{};;) {
                auto [failed, count] =
                    co_await from.async_read_some(boost::asio::buffer(buffer), as_result);
                if (failed) break;
                by_receiver.append(buffer.data(), count);
                reads.push_back(count);
            }
        });
    run();
    EXPECT_EQ(by_receiver, "0123456789");
    EXPECT_EQ(reads, (std::vector<std::size_t>{4, 4, 2}));
}

TEST_P(RelayTcpEachWay, ARateTakesItsTime)
{
    link_options asked = faults({});
    for (impairments* way : {&asked.up, &asked.down}) way->rate.bits_per_second = 8e6;
    relay through(context, {.link = asked});
    const std::string sent = pattern(150'000);
    const auto started = clock::now();
    play_from(
        open(through),
        [&](tcp::socket& to) -> awaitable<void> {
            co_await say(to, sent);
            to.shutdown(tcp::socket::shutdown_send);
            co_await hears(by_sender, sender_ended)(to);
        },
        hears(by_receiver, receiver_ended));
    run();
    EXPECT_GE(clock::now() - started, 150ms);
    EXPECT_TRUE(by_receiver == sent);
}

TEST_F(RelayTcpFaults, AResetAtTheVeryStartLeavesNothingThatTheRelayWaitsFor)
{
    relay through(context, {.link = {.up = faulty({.reset_after = 0ms}), .down = {}}});
    spawn([this, at = open(through)]() -> awaitable<void> {
        auto client = co_await connect(at);
        EXPECT_EQ((co_await read_all(client)).second, error::connection_reset);
    });
    run();
    through.close();
    listening.close();
    EXPECT_TRUE(run_until(context, [&] { return context.stopped(); }));
}

TEST_F(RelayTcpFaults, WhatIsAskedForDuringACutPassesWhenItHeals)
{
    link_options asked;
    asked.up = cut();
    asked.up_changes = {{200ms, impairments()}};
    relay through(context, {.link = asked});
    const auto started = clock::now();
    std::string text;
    error_code ended_by;
    play(
        open(through),
        [](tcp::socket& to) -> awaitable<void> {
            co_await say(to, "hello");
            to.shutdown(tcp::socket::shutdown_send);
            co_await read_all(to);
        },
        [&](tcp::socket& from) -> awaitable<void> {
            EXPECT_GE(clock::now() - started, 190ms) << "accepted";
            co_await hears(text, ended_by)(from);
        });
    run();
    EXPECT_EQ(text, "hello");
    EXPECT_EQ(ended_by, error::eof);
}

TEST_F(RelayTcpFaults, AConnectionNoticesWhatChangesWhileItIsOpen)
{
    auto shared = std::make_shared<badwire::relay::core>(context, badwire::relay::relay_options());
    auto forwarder = std::make_shared<badwire::relay::tcp_forwarder>(shared);
    tcp::acceptor entrance(context, tcp::endpoint(loopback, 0));
    const endpoint at{loopback, entrance.local_endpoint().port()};
    forwarder->open(std::move(entrance), {loopback, listening.local_endpoint().port()}, "");
    const auto change_to = [&](const impairments& asked) {
        shared->down.change_to(asked);
        forwarder->asked_changed();
    };

    std::string text;
    error_code ended_by;
    std::string nothing;
    error_code sender_ended_by;
    play(at, hears(text, ended_by), [&](tcp::socket& to) -> awaitable<void> {
        co_await say(to, "before ");
        co_await nap(50ms);
        change_to(cut());
        co_await say(to, "during");
        co_await nap(50ms);
        change_to({});
        co_await nap(50ms);
        change_to(faulty({.reset_after_bytes = 0}));
        co_await hears(nothing, sender_ended_by)(to);
    });
    run();
    EXPECT_EQ(text, "before during");
    EXPECT_EQ(ended_by, error::connection_reset);
    EXPECT_EQ(sender_ended_by, error::connection_reset);
    forwarder->close();
}

TEST_F(RelayTcpFaults, ClosingTheRelayEndsWhatWaitsForACut)
{
    relay through(context, {});
    spawn([this, at = open(through), &through]() -> awaitable<void> {
        auto client = co_await connect(at);
        auto peer = co_await listening.async_accept(boost::asio::use_awaitable);
        for (const auto which : {direction::up, direction::down}) through.change(which, cut());
        co_await say(client, "hello");
        co_await nap(20ms);
        through.close();
        EXPECT_EQ((co_await read_all(client)).second, error::connection_reset);
    });
    run();
    context.restart();
    context.run();
}
