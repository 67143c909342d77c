// A NAT on the path of a virtual link, to the millisecond.
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include "impl/real/disk_files.hpp"
#include "sim/virtual/virtual_link.hpp"
#include "sim/virtual/virtual_network.hpp"

using namespace badwire;
using namespace std::chrono_literals;
using net::awaitable;
namespace asio = boost::asio;

namespace {

const asio::ip::address loopback = asio::ip::address_v4::loopback();

struct VirtualRebind : testing::Test {
    sim::world world;
    net::disk_files files{"."};
    sim::virtual_network server{world, files, 1, {}, {}};
    sim::virtual_network client{world, files, 2, {}, {}};
    net::udp_socket service = server.bind_udp({loopback, 0});
    net::udp_socket socket = client.bind_udp({loopback, 0});
    std::vector<net::udp::endpoint> seen; // where the server saw the client, each time
    int answers = 0;                      // that reached the client

    std::unique_ptr<sim::virtual_link> link_with(const link::rebind_model& model)
    {
        link::link_options options;
        options.up.rebind = options.down.rebind = model;
        return std::make_unique<sim::virtual_link>(world, "wan", 1, options, link::witnesses{});
    }

    template <typename Step>
    void spawn(Step step)
    {
        asio::co_spawn(world.get_executor(), std::move(step), [](std::exception_ptr problem) {
            if (problem) std::rethrow_exception(problem);
        });
    }

    // The client speaks at these times; the server answers each time after that delay.
    void talk(const net::udp::endpoint& entrance, std::vector<net::duration> at,
              net::duration answer_after)
    {
        spawn([this, entrance, at]() -> awaitable<void> {
            auto timer = client.make_timer();
            for (const auto when : at) {
                timer.expires_at(net::time_point(when));
                co_await timer.async_wait();
                co_await socket.async_send_to(asio::buffer("hello", 5), entrance);
            }
        });
        spawn([this, answer_after, count = at.size()]() -> awaitable<void> {
            std::array<char, 10> buffer{};
            for (std::size_t i = 0; i < count; ++i) {
                co_await service.async_receive_from(asio::buffer(buffer), seen.emplace_back());
                answer(seen.back(), answer_after);
            }
        });
        spawn([this]() -> awaitable<void> {
            std::array<char, 10> buffer{};
            try {
                for (net::udp::endpoint from;; ++answers)
                    co_await socket.async_receive_from(asio::buffer(buffer), from);
            } catch (const net::system_error&) {
            } // the test is over
        });
    }

    void answer(const net::udp::endpoint& to, net::duration after)
    {
        spawn([this, to, after]() -> awaitable<void> {
            auto timer = server.make_timer();
            timer.expires_after(after);
            co_await timer.async_wait();
            co_await service.async_send_to(asio::buffer("answer", 6), to);
        });
    }

    static std::uint64_t lost(const sim::virtual_link& link)
    {
        return link.count(link::direction::down)
            .dropped_by[static_cast<std::size_t>(link::cause::rebind)];
    }
};

} // namespace

TEST_F(VirtualRebind, SilenceCostsAClientItsPort)
{
    const auto link = link_with({.after_idle = 1s});
    talk(link->open(service.local_endpoint(), "client"), {0ms, 999ms, 1998ms, 2998ms}, 1ms);
    world.run();
    ASSERT_EQ(seen.size(), 4u);
    EXPECT_EQ(seen[1], seen[0]);
    EXPECT_EQ(seen[2], seen[0]);
    EXPECT_NE(seen[3], seen[0]) << "silent for a whole second";
    EXPECT_EQ(answers, 4);
    EXPECT_EQ(link->count(link::direction::up).rebound, 1u);
    EXPECT_EQ(lost(*link), 0u);
}

TEST_F(VirtualRebind, AnAnswerThatComesTooLateIsLost)
{
    const auto link = link_with({.after_idle = 1s});
    talk(link->open(service.local_endpoint(), "client"), {0ms, 5s}, 1500ms);
    world.run();
    EXPECT_EQ(answers, 0);
    EXPECT_EQ(lost(*link), 2u);
}

TEST_F(VirtualRebind, AtAGivenTimeWhoeverTalksIsSeenFromANewPort)
{
    const auto link = link_with({.at = {2s}});
    talk(link->open(service.local_endpoint(), "client"), {1900ms, 2100ms, 60s}, 200ms);
    world.run();
    ASSERT_EQ(seen.size(), 3u);
    EXPECT_NE(seen[1], seen[0]);
    EXPECT_EQ(seen[2], seen[1]);
    EXPECT_EQ(answers, 2) << "the first comes when the old port is forgotten";
    EXPECT_EQ(lost(*link), 1u);
}
