// relay_tcp_peers_for_tests.hpp: the ends of connections through a relay, all on one io_context.
#pragma once

#include <string>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "sim/relay/relay_peers_for_tests.hpp"

namespace badwire::relay::testing {

using boost::asio::awaitable;
using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable);

class RelayTcpTest : public ::testing::Test {
protected:
    using clock = std::chrono::steady_clock;

    boost::asio::io_context context;
    tcp::acceptor listening{context, tcp::endpoint(loopback, 0)};
    int running = 0;

    endpoint open(relay& through) { return open_to(through, listening.local_endpoint().port()); }
    static endpoint open_to(relay& through, std::uint16_t port)
    {
        return through.open({loopback, 0}, {loopback, port}, "");
    }

    // An awaitable, or a function that makes one: kept as long as its coroutine needs its captures.
    template <typename Part>
    void spawn(Part part)
    {
        ++running;
        boost::asio::co_spawn(context, std::move(part), [this](const std::exception_ptr& failed) {
            EXPECT_FALSE(failed);
            --running;
        });
    }

    void run()
    {
        EXPECT_TRUE(run_until(context, [&] { return running == 0; }));
    }

    awaitable<void> nap(std::chrono::milliseconds length)
    {
        boost::asio::steady_timer timer(context, length);
        co_await timer.async_wait(boost::asio::use_awaitable);
    }

    // A client that sends all of it, and closes.
    void send_to(endpoint at, const std::string& text)
    {
        spawn([this, at, &text]() -> awaitable<void> {
            auto client = co_await connect(at);
            co_await boost::asio::async_write(client, boost::asio::buffer(text),
                                              boost::asio::use_awaitable);
        });
    }

    awaitable<tcp::socket> connect(endpoint at)
    {
        tcp::socket client(context);
        co_await client.async_connect({at.address(), at.port()}, boost::asio::use_awaitable);
        co_return client;
    }
};

// Everything up to the end, and how it ended.
inline awaitable<std::pair<std::string, error_code>> read_all(tcp::socket& from)
{
    std::string all;
    auto [failed, count] =
        co_await boost::asio::async_read(from, boost::asio::dynamic_buffer(all), as_result);
    co_return std::pair(all, failed);
}

inline std::string pattern(std::size_t size)
{
    std::string made;
    for (std::size_t i = 0; made.size() < size; ++i) made += std::to_string(i * i) + ",";
    made.resize(size);
    return made;
}

} // namespace badwire::relay::testing
