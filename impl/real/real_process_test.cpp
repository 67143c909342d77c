// A process for each client: what it counted reaches the server, also when it is told to end.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include "impl/real/real_network.hpp"

namespace badwire::net {
namespace {

using namespace std::chrono_literals;

awaitable<void> say_so_and_wait(network& own, tcp_stream peer)
{
    own.metrics().add("begun");
    co_await peer.async_write_some(asio::buffer("!", 1));
    co_await own.sleep_for(1h);
}

struct RealProcess : testing::Test {
    awaitable<void> stop_once_it_has_begun()
    {
        char said = 0;
        co_await client.async_read_some(asio::buffer(&said, 1));
        server.stop();
    }

    awaitable<void> serve_one_client()
    {
        tcp_listener listener = server.listen_tcp({asio::ip::address_v4::loopback(), 0});
        co_await client.async_connect(listener.local_endpoint());
        tcp_stream accepted = co_await listener.async_accept();
        asio::co_spawn(context, stop_once_it_has_begun(), asio::detached);
        co_await server.run_on_process(std::move(accepted), say_so_and_wait);
    }

    asio::io_context context{1};
    real_network server{context, ".", 1};
    tcp_stream client = server.make_tcp_stream();
};

TEST_F(RealProcess, ReportsWhatItCountedWhenItIsToldToEnd)
{
    std::exception_ptr problem;
    asio::co_spawn(context, serve_one_client(),
                   [&](std::exception_ptr thrown) { problem = thrown; });
    context.run();
    EXPECT_FALSE(problem);
    EXPECT_EQ(server.metrics().json(), R"({"begun":1})");
}

} // namespace
} // namespace badwire::net
