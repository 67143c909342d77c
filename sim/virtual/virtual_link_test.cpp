#include "sim/virtual/virtual_link.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/write.hpp>

#include "impl/real/disk_files.hpp"
#include "sim/virtual/virtual_network.hpp"

using namespace badwire;
using namespace std::chrono_literals;
using net::awaitable;
namespace asio = boost::asio;

namespace {

const asio::ip::address loopback = asio::ip::address_v4::loopback();

link::impairments asked(double loss, net::duration least = 0ms, net::duration most = 0ms)
{
    link::impairments made;
    made.loss = loss;
    made.delay = {least, most};
    return made;
}

// Two programs and a link between them.
struct Link : testing::Test {
    sim::world world;
    net::disk_files files{"."};
    sim::virtual_network server{world, files, 1, {}, {}};
    sim::virtual_network client{world, files, 2, {}, {}};
    std::string trace;

    std::unique_ptr<sim::virtual_link> link_with(const link::link_options& options,
                                                 std::uint64_t seed = 1)
    {
        return std::make_unique<sim::virtual_link>(
            world, "wan", seed, options, link::witnesses{.trace = [this](std::string_view line) {
                trace.append(line).append("\n");
            }});
    }

    template <typename Step>
    void spawn(net::network& who, Step step)
    {
        asio::co_spawn(who.get_executor(), std::move(step), [](std::exception_ptr problem) {
            if (problem) std::rethrow_exception(problem);
        });
    }
};

} // namespace

TEST_F(Link, ADatagramTakesAsLongAsTheLinkSaysEachWay)
{
    auto link = link_with({asked(0, 20ms, 20ms), asked(0, 7ms, 7ms)});
    auto service = server.bind_udp({loopback, 0});
    const auto entrance = link->open(service.local_endpoint(), "client");
    spawn(server, [&]() -> awaitable<void> {
        std::array<char, 10> buffer{};
        asio::ip::udp::endpoint from;
        const auto length = co_await service.async_receive_from(asio::buffer(buffer), from);
        EXPECT_EQ(world.now().time_since_epoch(), 20ms);
        co_await service.async_send_to(asio::buffer(buffer, length), from);
    });
    spawn(client, [&]() -> awaitable<void> {
        auto socket = client.bind_udp({loopback, 0});
        co_await socket.async_send_to(asio::buffer("ping", 4), entrance);
        std::array<char, 10> buffer{};
        asio::ip::udp::endpoint from;
        EXPECT_EQ(co_await socket.async_receive_from(asio::buffer(buffer), from), 4u);
        EXPECT_EQ(world.now().time_since_epoch(), 27ms);
        EXPECT_EQ(from, entrance);
    });
    world.run();
    EXPECT_EQ(link->count(link::direction::up).delivered, 1u);
    EXPECT_EQ(link->count(link::direction::down).delivered, 1u);
}

TEST_F(Link, EveryClientHearsItsOwnReplies)
{
    auto link = link_with(link::link_options());
    auto service = server.bind_udp({loopback, 0});
    const auto entrance = link->open(service.local_endpoint(), "clients");
    constexpr int clients = 50;
    int answered = 0;
    spawn(server, [&]() -> awaitable<void> {
        for (int i = 0; i < clients; ++i) {
            std::array<char, 10> buffer{};
            asio::ip::udp::endpoint from;
            const auto length = co_await service.async_receive_from(asio::buffer(buffer), from);
            co_await service.async_send_to(asio::buffer(buffer, length), from);
        }
    });
    for (int i = 0; i < clients; ++i)
        spawn(client, [&, i]() -> awaitable<void> {
            auto socket = client.bind_udp({loopback, 0});
            const std::string name = std::to_string(i);
            co_await socket.async_send_to(asio::buffer(name), entrance);
            std::array<char, 10> buffer{};
            asio::ip::udp::endpoint from;
            const auto length = co_await socket.async_receive_from(asio::buffer(buffer), from);
            EXPECT_EQ(std::string(buffer.data(), length), name);
            ++answered;
        });
    world.run();
    EXPECT_EQ(answered, clients);
}

TEST_F(Link, LosesAboutAsMuchAsAskedAndCountsIt)
{
    auto link = link_with({asked(0.05), {}});
    auto service = server.bind_udp({loopback, 0});
    const auto entrance = link->open(service.local_endpoint(), "client");
    constexpr int datagrams = 10'000;
    spawn(client, [&]() -> awaitable<void> {
        auto socket = client.bind_udp({loopback, 0});
        for (int i = 0; i < datagrams; ++i)
            co_await socket.async_send_to(asio::buffer(&i, sizeof i), entrance);
    });
    world.run();
    const auto& count = link->count(link::direction::up);
    EXPECT_EQ(count.offered, datagrams);
    EXPECT_EQ(count.dropped + count.delivered, count.offered);
    // 99.9 % of binomial(10000, 0.05) lies within 500 ± 3.29 · 21.8.
    EXPECT_NEAR(static_cast<double>(count.dropped), 500, 72);
}

TEST_F(Link, UnevenDelaysReorderAndAreCounted)
{
    auto link = link_with({asked(0, 1ms, 50ms), {}});
    auto service = server.bind_udp({loopback, 0});
    const auto entrance = link->open(service.local_endpoint(), "client");
    spawn(client, [&]() -> awaitable<void> {
        auto socket = client.bind_udp({loopback, 0});
        for (int i = 0; i < 100; ++i) {
            co_await socket.async_send_to(asio::buffer(&i, sizeof i), entrance);
            co_await client.sleep_for(1ms);
        }
    });
    world.run();
    EXPECT_GT(link->count(link::direction::up).reordered, 10u);
}

TEST_F(Link, AWatcherIsToldWhichCopyLeaves)
{
    struct : link::packet_watcher {
        note offered(const link::watched_packet&, const link::lane&, const link::fate&) override
        {
            return std::make_shared<std::string>("twice");
        }
        void left(const link::watched_packet&, std::uint32_t copy, const note& said) override
        {
            log += std::to_string(copy) + *said + ' ';
        }
        std::string log;
    } seen;
    link::link_options options;
    options.up.duplicate = {.probability = 1, .least = 2, .most = 2, .after = 1ms};
    sim::virtual_link wan(world, "wan", 1, options, {.watcher = &seen});
    auto service = server.bind_udp({loopback, 0});
    const auto entrance = wan.open(service.local_endpoint(), "client");
    spawn(client, [&]() -> awaitable<void> {
        auto socket = client.bind_udp({loopback, 0});
        co_await socket.async_send_to(asio::buffer("x", 1), entrance);
    });
    world.run();
    EXPECT_EQ(seen.log, "0twice 1twice 2twice ");
}

TEST_F(Link, ConnectionsTakeTheDelayAndKeepTheirOrder)
{
    auto link = link_with({asked(0, 10ms, 10ms), asked(0, 1ms, 30ms)});
    auto listener = server.listen_tcp({loopback, 0});
    const auto port = listener.local_endpoint();
    const auto entrance = link->open({port.address(), port.port()}, "client");
    std::string expected;
    spawn(server, [&]() -> awaitable<void> {
        auto stream = co_await listener.async_accept();
        EXPECT_GT(world.now().time_since_epoch(), 20ms) << "there, back and there";
        for (int i = 0; i < 100; ++i) {
            const std::string piece = fmt::format("{} ", i);
            expected += piece;
            co_await asio::async_write(stream, asio::buffer(piece), asio::use_awaitable);
            co_await server.sleep_for(1ms);
        }
    });
    std::string heard;
    spawn(client, [&]() -> awaitable<void> {
        auto stream = client.make_tcp_stream();
        co_await stream.async_connect({entrance.address(), entrance.port()});
        try {
            for (std::array<char, 64> buffer{};;) {
                const auto length = co_await stream.async_read_some(asio::buffer(buffer));
                heard.append(buffer.data(), length);
            }
        } catch (const net::system_error& error) {
            EXPECT_EQ(error.code(), asio::error::eof);
        }
    });
    world.run();
    EXPECT_EQ(heard, expected);
}

TEST_F(Link, AConnectionToNobodyIsRefusedAfterARoundTrip)
{
    auto link = link_with({asked(0, 10ms, 10ms), asked(0, 5ms, 5ms)});
    const auto entrance = link->open({loopback, 4242}, "client");
    spawn(client, [&]() -> awaitable<void> {
        auto stream = client.make_tcp_stream();
        try {
            co_await stream.async_connect({entrance.address(), entrance.port()});
            ADD_FAILURE() << "connected to nobody";
        } catch (const net::system_error& error) {
            EXPECT_EQ(error.code(), asio::error::connection_refused);
            EXPECT_EQ(world.now().time_since_epoch(), 15ms);
        }
    });
    world.run();
}

TEST(VirtualWorld, AProgramThatNeverWaitsIsFoundOut)
{
    sim::world world(100'000);
    net::disk_files files(".");
    sim::virtual_network network(world, files, 1, {}, {});
    asio::co_spawn(
        network.get_executor(),
        [&]() -> awaitable<void> {
            auto socket = network.bind_udp({loopback, 0});
            for (;;) co_await socket.async_send_to(asio::buffer("x", 1), socket.local_endpoint());
        },
        [](std::exception_ptr) {});
    EXPECT_THROW(world.run(), sim::stuck);
    network.stop();
    EXPECT_FALSE(world.run(1000)); // stopped, the program unwinds
}

TEST_F(Link, AnAnswerFromANewPortArrivesFromANewPortAndIsAnsweredThere)
{
    auto link = link_with({asked(0, 1ms, 1ms), asked(0, 1ms, 1ms)});
    auto service = server.bind_udp({loopback, 0});
    const auto entrance = link->open(service.local_endpoint(), "client");
    int acknowledged = 0;
    spawn(server, [&]() -> awaitable<void> {
        std::array<char, 10> buffer{};
        asio::ip::udp::endpoint met;
        co_await service.async_receive_from(asio::buffer(buffer), met);
        auto transfer = server.bind_udp({loopback, 0});
        for (int i = 0; i < 2; ++i) {
            co_await transfer.async_send_to(asio::buffer("block", 5), met);
            asio::ip::udp::endpoint from;
            co_await transfer.async_receive_from(asio::buffer(buffer), from);
            EXPECT_EQ(from, met);
            ++acknowledged;
        }
    });
    spawn(client, [&]() -> awaitable<void> {
        auto socket = client.bind_udp({loopback, 0});
        co_await socket.async_send_to(asio::buffer("read", 4), entrance);
        for (int i = 0; i < 2; ++i) {
            std::array<char, 10> buffer{};
            asio::ip::udp::endpoint from;
            EXPECT_EQ(co_await socket.async_receive_from(asio::buffer(buffer), from), 5u);
            EXPECT_NE(from, entrance);
            co_await socket.async_send_to(asio::buffer("ack", 3), from);
        }
    });
    world.run();
    EXPECT_EQ(acknowledged, 2);
    EXPECT_EQ(world.now().time_since_epoch(), 5ms);
}

TEST_F(Link, AServerSeesTheClientsOwnPortWhereItIsAskedFor)
{
    auto link = link_with({.up = {}, .down = {}, .keep_ports = true});
    auto service = server.bind_udp({loopback, 0});
    const auto entrance = link->open(service.local_endpoint(), "client");
    auto socket = client.bind_udp({loopback, 5000});
    spawn(client, [&]() -> awaitable<void> {
        co_await socket.async_send_to(asio::buffer("hello", 5), entrance);
    });
    asio::ip::udp::endpoint seen;
    std::array<char, 10> buffer{};
    spawn(server, [&]() -> awaitable<void> {
        co_await service.async_receive_from(asio::buffer(buffer), seen);
    });
    world.run();
    EXPECT_EQ(seen.port(), 5000);
    EXPECT_NE(seen.address(), loopback);
}

TEST_F(Link, DatagramsToAPortWhereNobodyListensAreUndeliverable)
{
    auto link = link_with({asked(0, 20ms, 20ms), {}});
    const auto entrance = link->open({loopback, 9}, "client");
    spawn(client, [&]() -> awaitable<void> {
        auto socket = client.bind_udp({loopback, 0});
        co_await socket.async_send_to(asio::buffer("hello", 5), entrance);
    });
    world.run();
    EXPECT_EQ(link->count(link::direction::up).delivered, 0u);
    EXPECT_EQ(link->count(link::direction::up).undeliverable, 1u);
}

namespace {

// Two links that one bottleneck makes narrow: 1000 bytes take 8 ms.
struct SharedBottleneck : Link {
    std::unique_ptr<sim::virtual_link> link_of(const std::string& name, const link::aqm_model& aqm)
    {
        link::impairments narrow;
        narrow.rate.bits_per_second = 1e6;
        narrow.aqm = aqm;
        link::link_options options{.up = narrow, .bottleneck = "isp"};
        return std::make_unique<sim::virtual_link>(world, name, 1, options, link::witnesses{},
                                                   bottlenecks.of(options));
    }

    // `one` sends 20 datagrams at once and then `two` one; when the last of each comes.
    std::array<net::duration, 2> last_arrivals(const link::aqm_model& aqm)
    {
        const auto one = link_of("one", aqm), two = link_of("two", aqm);
        auto service = server.bind_udp({loopback, 0});
        std::array entrances{one->open(service.local_endpoint(), "first"),
                             two->open(service.local_endpoint(), "second")};
        auto sender = client.bind_udp({loopback, 0});
        std::array<net::duration, 2> last{};
        spawn(client, [&]() -> awaitable<void> {
            for (int i = 0; i < 21; ++i)
                co_await sender.async_send_to(asio::buffer(std::string(1000, i < 20 ? 'a' : 'b')),
                                              entrances.at(i < 20 ? 0 : 1));
        });
        spawn(server, [&]() -> awaitable<void> {
            std::string text(2000, 0);
            for (int i = 0; i < 21; ++i) {
                net::udp::endpoint from;
                co_await service.async_receive_from(asio::buffer(text), from);
                last.at(text[0] == 'a' ? 0 : 1) = world.now().time_since_epoch();
            }
        });
        world.run();
        EXPECT_EQ(one->count(link::direction::up).delivered, 20u);
        EXPECT_EQ(two->count(link::direction::up).delivered, 1u);
        return last;
    }

    link::shared_bottlenecks bottlenecks;
};

} // namespace

TEST_F(SharedBottleneck, WhatOneLinkSendsDelaysTheOther)
{
    const auto last = last_arrivals({});
    EXPECT_EQ(last[0], 20 * 8ms);
    EXPECT_EQ(last[1], 21 * 8ms);
}

TEST_F(SharedBottleneck, FlowsOfSeveralLinksTakeTurns)
{
    auto aqm = link::aqm_model::fq_codel();
    aqm.interval = 1s; // nothing is dropped
    const auto last = last_arrivals(aqm);
    EXPECT_EQ(last[0], 21 * 8ms);
    EXPECT_LE(last[1], 4 * 8ms);
}
