// What a host does to its program: pauses, orders of one instant, clocks.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include "impl/real/disk_files.hpp"
#include "sim/virtual/virtual_network.hpp"

namespace badwire::sim {
namespace {

using namespace std::chrono_literals;

struct program {
    explicit program(world& in) : network(in, files, 1, {}, {}) {}

    template <typename Body>
    void does(Body body)
    {
        net::asio::co_spawn(network.get_executor(), std::move(body), net::asio::detached);
    }

    net::disk_files files{"."};
    virtual_network network;
};

net::time_point at(net::duration time) { return net::time_point(time); }

TEST(Host, PausedProgramsStandStillAndLoseNothing)
{
    world in;
    program ticking(in);
    std::vector<net::time_point> ticks;
    ticking.does([&]() -> net::awaitable<void> {
        for (int i = 0; i < 5; ++i) {
            co_await ticking.network.sleep_for(10ms);
            ticks.push_back(in.now());
        }
    });
    in.at(at(15ms), [&] { ticking.network.side().pause(); });
    in.at(at(100ms), [&] { ticking.network.side().resume(); });
    in.run();
    EXPECT_EQ(ticks, (std::vector{at(10ms), at(100ms), at(110ms), at(120ms), at(130ms)}));
}

TEST(Host, DatagramsThatComeDuringAPauseAreThereAfterIt)
{
    world in;
    program receiver(in);
    program sender(in);
    std::vector<std::pair<char, net::time_point>> got;
    net::udp_socket socket =
        receiver.network.bind_udp({net::asio::ip::address_v4::loopback(), 5000});
    receiver.does([&]() -> net::awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            char byte = 0;
            net::udp::endpoint from;
            co_await socket.async_receive_from(net::asio::buffer(&byte, 1), from);
            got.emplace_back(byte, in.now());
        }
    });
    sender.does([&]() -> net::awaitable<void> {
        net::udp_socket out = sender.network.bind_udp({net::asio::ip::address_v4::loopback(), 0});
        for (const char byte : {'a', 'b', 'c'}) {
            co_await sender.network.sleep_for(10ms);
            co_await out.async_send_to(net::asio::buffer(&byte, 1), socket.local_endpoint());
        }
    });
    in.at(at(5ms), [&] { receiver.network.side().pause(); });
    in.at(at(25ms), [&] { receiver.network.side().resume(); });
    in.run();
    EXPECT_EQ(got, (std::vector<std::pair<char, net::time_point>>{
                       {'a', at(25ms)}, {'b', at(25ms)}, {'c', at(30ms)}}));
}

TEST(Host, WhatIsPausedWhenItIsDestroyedIsForgotten)
{
    world in;
    auto gone = std::make_unique<program>(in);
    bool aborted = false;
    gone->does([&, &network = gone->network]() -> net::awaitable<void> {
        try {
            co_await network.sleep_for(10ms);
        } catch (const net::system_error&) {
            aborted = true;
        }
    });
    in.at(at(5ms), [&] { gone->network.side().pause(); });
    in.at(at(7ms), [&] { gone.reset(); });
    in.run();
    EXPECT_TRUE(aborted);
    EXPECT_EQ(in.now(), at(7ms));
}

// The letters of three programs that may all go on at the same instants.
std::string race(std::uint64_t order, unsigned swaps)
{
    world in;
    std::string told;
    std::list<program> all;
    for (const char name : {'a', 'b', 'c'}) {
        program& one = all.emplace_back(in);
        one.does([&, name]() -> net::awaitable<void> {
            for (int i = 0; i < 3; ++i) {
                told += name;
                co_await one.network.sleep_for(10ms);
            }
        });
    }
    if (order > 0) in.reorder(order, swaps);
    in.run();
    return told;
}

TEST(Host, OrdersOfOneInstantAreManyAndEachIsRepeatable)
{
    EXPECT_EQ(race(0, 3), "abcabcabc");
    std::set<std::string> seen;
    for (std::uint64_t order = 1; order <= 200; ++order) {
        const std::string told = race(order, 3);
        EXPECT_EQ(told, race(order, 3));
        for (std::size_t instant = 0; instant < 3; ++instant) { // nobody leaves its instant
            std::string letters = told.substr(3 * instant, 3);
            std::ranges::sort(letters);
            EXPECT_EQ(letters, "abc");
        }
        seen.insert(told);
    }
    EXPECT_GE(seen.size(), 5U);
}

TEST(Host, ClocksThatAreWrongAreWrongForTheirProgramOnly)
{
    world in;
    program fast(in);
    program ahead(in);
    fast.network.side().set_clock({.skew = 0s, .drift = 0.25});
    ahead.network.side().set_clock({.skew = 3s, .drift = 0});
    net::time_point fast_end{};
    fast.does([&]() -> net::awaitable<void> {
        co_await fast.network.sleep_for(10s);
        fast_end = in.now();
        EXPECT_EQ(fast.network.now(), at(10s));
    });
    ahead.does([&]() -> net::awaitable<void> {
        EXPECT_EQ(ahead.network.now(), at(3s));
        co_await ahead.network.sleep_for(1s);
        EXPECT_EQ(in.now(), at(1s));
    });
    in.run();
    EXPECT_EQ(fast_end, at(8s));
}

TEST(Host, ATimerNeverEndsBeforeItsTimeOnAnyClock)
{
    world in;
    host one(in);
    for (const double drift : {0.1, -0.3, 1e-9, -1e-9, 0.49999}) {
        one.set_clock({.skew = 123ns, .drift = drift});
        for (std::int64_t ns = 200; ns < 4'000'000'000'000; ns = ns * 3 + 1) {
            const net::time_point local{net::duration(ns)};
            EXPECT_GE(one.local_time(one.world_time(local)), local) << drift << ' ' << ns;
            EXPECT_LE(one.local_time(one.world_time(local)) - local, 2ns) << drift << ' ' << ns;
        }
    }
}

} // namespace
} // namespace badwire::sim
