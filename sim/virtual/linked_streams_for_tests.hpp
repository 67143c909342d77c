// linked_streams_for_tests.hpp: two programs in virtual time, and a link between their connections.
#pragma once

#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "impl/real/disk_files.hpp"
#include "sim/virtual/stream_entrance.hpp"
#include "sim/virtual/virtual_network.hpp"

namespace badwire::sim::testing {

using namespace std::chrono_literals;
using link::direction;
using link::impairments;
using net::awaitable;
namespace asio = boost::asio;
namespace error = boost::asio::error;

inline const asio::ip::address loopback = asio::ip::address_v4::loopback();
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

inline impairments delayed(net::duration by)
{
    impairments made;
    made.delay = {by, by};
    return made;
}

// A fault, in addition to a delay.
inline impairments faulty(net::duration by, const link::stream_faults& faults)
{
    impairments made = delayed(by);
    made.tcp = faults;
    return made;
}

inline std::string pattern(std::size_t size)
{
    std::string made;
    for (std::size_t i = 0; made.size() < size; ++i) made += std::to_string(i * i) + ",";
    made.resize(size);
    return made;
}

// What one side of a connection heard, and when.
struct heard {
    std::string text;
    std::vector<std::size_t> reads;
    std::vector<net::duration> at;
    net::error_code ended_by;
    net::duration ended_at{-1};
};

struct LinkedStreams : ::testing::Test {
    sim::world world;
    net::disk_files files{"."};
    virtual_network server{world, files, 1, {}, {}};
    virtual_network client{world, files, 2, {}, {}};
    net::tcp_listener listener = server.listen_tcp({loopback, 0});
    std::unique_ptr<link::lane> up, down;
    std::unique_ptr<stream_entrance> entrance;
    net::tcp::endpoint at{loopback, 77};
    heard by_server, by_client;
    int running = 0;

    ~LinkedStreams() override
    {
        if (entrance) world.close(*entrance, at);
    }

    void link_with(const impairments& way_up, const impairments& way_down = {},
                   std::vector<link::change> changes_up = {},
                   std::vector<link::change> changes_down = {})
    {
        up = std::make_unique<link::lane>(1, "wan", direction::up, way_up, std::move(changes_up));
        down = std::make_unique<link::lane>(1, "wan", direction::down, way_down,
                                            std::move(changes_down));
        entrance = std::make_unique<stream_entrance>(world, *up, *down, listener.local_endpoint(),
                                                     "client");
        world.open(*entrance, at);
    }

    net::duration now() const { return world.now().time_since_epoch(); }

    template <typename Part>
    void spawn(net::network& who, Part part)
    {
        ++running;
        asio::co_spawn(who.get_executor(), std::move(part), [this](std::exception_ptr problem) {
            EXPECT_FALSE(problem);
            --running;
        });
    }

    // One connection: each side does its part, then hears what the other one says up to the end.
    template <typename ClientPart, typename ServerPart>
    void play(ClientPart client_part, ServerPart server_part)
    {
        spawn(server, [this, server_part]() -> awaitable<void> {
            auto stream = co_await listener.async_accept();
            co_await server_part(stream);
            co_await hear(stream, by_server);
        });
        spawn(client, [this, client_part]() -> awaitable<void> {
            auto stream = client.make_tcp_stream();
            co_await stream.async_connect(at);
            co_await client_part(stream);
            co_await hear(stream, by_client);
        });
        world.run();
    }

    // The server waits in vain.
    void nobody_is_accepted()
    {
        listener.expires_after(1s);
        spawn(server, [this]() -> awaitable<void> {
            auto [failed, stream] = co_await listener.async_accept(as_result);
            EXPECT_EQ(failed, error::timed_out);
        });
    }

    // A client whose connect() fails so, at that time, with nobody accepted; `patience` is its own.
    void connecting_fails(net::error_code expected, net::duration when,
                          std::optional<net::duration> patience = {})
    {
        spawn(client, [this, expected, when, patience]() -> awaitable<void> {
            auto stream = client.make_tcp_stream();
            if (patience) stream.expires_after(*patience);
            auto [failed] = co_await stream.async_connect(at, as_result);
            EXPECT_EQ(failed, expected);
            EXPECT_EQ(now(), when);
        });
        world.run();
        EXPECT_EQ(running, 0);
    }

    awaitable<void> hear(net::tcp_stream& from, heard& into)
    {
        std::vector<char> buffer(1 << 20);
        while (!into.ended_by) {
            auto [failed, count] = co_await from.async_read_some(asio::buffer(buffer), as_result);
            if (failed) {
                into.ended_by = failed;
                into.ended_at = now();
                continue;
            }
            into.text.append(buffer.data(), count);
            into.reads.push_back(count);
            into.at.push_back(now());
        }
    }

    static awaitable<void> say(net::tcp_stream& to, std::string_view text)
    {
        auto [failed, count] = co_await asio::async_write(to, asio::buffer(text), as_result);
        EXPECT_FALSE(failed) << failed.message();
    }
    static auto says(std::string_view text)
    {
        return [text](net::tcp_stream& to) { return say(to, text); };
    }
    static auto says_and_ends(std::string_view text)
    {
        return [text](net::tcp_stream& to) -> awaitable<void> {
            co_await say(to, text);
            to.shutdown_send();
        };
    }
    static awaitable<void> ends(net::tcp_stream& to)
    {
        to.shutdown_send();
        co_return;
    }
};

} // namespace badwire::sim::testing
