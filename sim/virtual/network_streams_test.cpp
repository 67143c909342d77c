// The seam's promises about connections, each kept by both networks.
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/virtual/networks_for_tests.hpp"

using namespace badwire;
using namespace badwire::sim::testing;
using namespace std::chrono_literals;
using net::awaitable;

template <typename Where>
class NetworkStreams : public Networks<Where> {
};
TYPED_TEST_SUITE(NetworkStreams, both);

TYPED_TEST(NetworkStreams, StreamsCarryBytesBothWaysAndEndHalfByHalf)
{
    auto& network = this->where.network;
    auto listener = network.listen_tcp({loopback, 0});
    const std::string question(100'000, 'q');
    const std::string answer(300'000, 'a');
    this->play(
        [&]() -> awaitable<void> {
            auto stream = co_await listener.async_accept();
            std::string heard;
            const auto error = co_await error_of([&]() -> awaitable<void> {
                co_await asio::async_read(stream, asio::dynamic_buffer(heard), asio::transfer_all(),
                                          asio::use_awaitable);
            });
            EXPECT_EQ(error, asio::error::eof);
            EXPECT_EQ(heard, question);
            co_await asio::async_write(stream, asio::buffer(answer), asio::use_awaitable);
        },
        [&]() -> awaitable<void> {
            auto stream = network.make_tcp_stream();
            co_await stream.async_connect(listener.local_endpoint());
            EXPECT_EQ(stream.remote_endpoint(), listener.local_endpoint());
            co_await asio::async_write(stream, asio::buffer(question), asio::use_awaitable);
            stream.shutdown_send();
            std::string heard;
            const auto error = co_await error_of([&]() -> awaitable<void> {
                co_await asio::async_read(stream, asio::dynamic_buffer(heard), asio::transfer_all(),
                                          asio::use_awaitable);
            });
            EXPECT_EQ(error, asio::error::eof);
            EXPECT_EQ(heard, answer);
        });
}

TYPED_TEST(NetworkStreams, ConnectingToNobodyIsRefused)
{
    auto& network = this->where.network;
    asio::ip::tcp::endpoint nobody;
    {
        auto listener = network.listen_tcp({loopback, 0});
        nobody = listener.local_endpoint();
    }
    auto stream = network.make_tcp_stream();
    this->play([&]() -> awaitable<void> {
        const auto error =
            co_await error_of([&]() -> awaitable<void> { co_await stream.async_connect(nobody); });
        EXPECT_EQ(error, asio::error::connection_refused);
    });
}

TYPED_TEST(NetworkStreams, ATakenPortIsRefused)
{
    auto first = this->where.network.bind_udp({loopback, 0});
    EXPECT_THROW(this->where.network.bind_udp(first.local_endpoint()), net::system_error);
    auto listener = this->where.network.listen_tcp({loopback, 0});
    EXPECT_THROW(this->where.network.listen_tcp(listener.local_endpoint()), net::system_error);
}

TYPED_TEST(NetworkStreams, AcceptMeetsItsDeadline)
{
    auto& network = this->where.network;
    auto listener = network.listen_tcp({loopback, 0});
    listener.expires_after(10ms);
    this->play([&]() -> awaitable<void> {
        const auto error =
            co_await error_of([&]() -> awaitable<void> { co_await listener.async_accept(); });
        EXPECT_EQ(error, asio::error::timed_out);
    });
}

TYPED_TEST(NetworkStreams, AClientIsServedOnAThreadOfItsOwn)
{
    auto& network = this->where.network;
    auto listener = network.listen_tcp({loopback, 0});
    bool served = false;
    this->play(
        [&]() -> awaitable<void> {
            auto client = co_await listener.async_accept();
            co_await network.run_on_thread(
                std::move(client),
                [](net::network& own, net::tcp_stream stream) -> awaitable<void> {
                    co_await own.sleep_for(1ms);
                    co_await asio::async_write(stream, asio::buffer("served", 6),
                                               asio::use_awaitable);
                });
            served = true;
        },
        [&]() -> awaitable<void> {
            auto stream = network.make_tcp_stream();
            co_await stream.async_connect(listener.local_endpoint());
            std::string heard;
            co_await error_of([&]() -> awaitable<void> {
                co_await asio::async_read(stream, asio::dynamic_buffer(heard), asio::transfer_all(),
                                          asio::use_awaitable);
            });
            EXPECT_EQ(heard, "served");
        });
    EXPECT_TRUE(served);
}

TYPED_TEST(NetworkStreams, AClientIsServedByAProcessOfItsOwnWhoseMetricsComeBack)
{
    auto& network = this->where.network;
    auto listener = network.listen_tcp({loopback, 0});
    network.metrics().add("messages");
    const auto begin = network.now();
    this->play(
        [&]() -> awaitable<void> {
            auto client = co_await listener.async_accept();
            co_await network.run_on_process(
                std::move(client),
                [](net::network& own, net::tcp_stream stream) -> awaitable<void> {
                    co_await own.sleep_for(1ms);
                    co_await asio::async_write(stream, asio::buffer("served", 6),
                                               asio::use_awaitable);
                    own.metrics().add("messages");
                    own.metrics().add_served({"somebody", own.now() - 1ms, own.now()});
                });
        },
        [&]() -> awaitable<void> {
            auto stream = network.make_tcp_stream();
            co_await stream.async_connect(listener.local_endpoint());
            std::string heard;
            co_await error_of([&]() -> awaitable<void> {
                co_await asio::async_read(stream, asio::dynamic_buffer(heard), asio::transfer_all(),
                                          asio::use_awaitable);
            });
            EXPECT_EQ(heard, "served");
        });
    const auto counted = nlohmann::json::parse(network.metrics().json());
    EXPECT_EQ(counted.at("messages"), 2);
    EXPECT_EQ(counted.at("served").size(), 1U);
    EXPECT_GE(counted.at("served").at(0).at("begin_ns"),
              std::chrono::nanoseconds(begin.time_since_epoch()).count());
}
