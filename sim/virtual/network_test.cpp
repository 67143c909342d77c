// The seam's promises, each kept by both networks: the same steps run on loopback and in virtual
// time. Promises about connections are tested in network_streams_test.cpp.
#include <boost/asio/redirect_error.hpp>
#include <gtest/gtest.h>

#include "impl/net/concepts.hpp"
#include "sim/virtual/networks_for_tests.hpp"

using namespace badwire;
using namespace badwire::sim::testing;
using namespace std::chrono_literals;
using net::awaitable;

static_assert(net::datagram_socket<asio::ip::udp::socket>);
static_assert(net::datagram_socket<net::udp_socket>);
static_assert(net::byte_stream<asio::ip::tcp::socket>);
static_assert(net::byte_stream<net::tcp_stream>);
static_assert(net::waiting_timer<asio::steady_timer>);
static_assert(net::waiting_timer<net::timer>);

TYPED_TEST_SUITE(Networks, both);

TYPED_TEST(Networks, DatagramsArriveWithTheirSender)
{
    auto& network = this->where.network;
    auto receiver = network.bind_udp({loopback, 0});
    auto sender = network.bind_udp({loopback, 0});
    this->play([&]() -> awaitable<void> {
        co_await sender.async_send_to(asio::buffer("hello", 5), receiver.local_endpoint());
        std::array<char, 100> buffer{};
        asio::ip::udp::endpoint from;
        const auto length = co_await receiver.async_receive_from(asio::buffer(buffer), from);
        EXPECT_EQ(text_of(buffer, length), "hello");
        EXPECT_EQ(from, sender.local_endpoint());
    });
}

TYPED_TEST(Networks, EmptyDatagramsAreDatagrams)
{
    auto& network = this->where.network;
    auto receiver = network.bind_udp({loopback, 0});
    this->play([&]() -> awaitable<void> {
        co_await receiver.async_send_to(asio::const_buffer(), receiver.local_endpoint());
        std::array<char, 100> buffer{};
        asio::ip::udp::endpoint from;
        EXPECT_EQ(co_await receiver.async_receive_from(asio::buffer(buffer), from), 0u);
    });
}

TYPED_TEST(Networks, OversizedDatagramsAreRefused)
{
    auto& network = this->where.network;
    auto socket = network.bind_udp({loopback, 0});
    std::vector<char> large(65508);
    this->play([&]() -> awaitable<void> {
        const auto error = co_await error_of([&]() -> awaitable<void> {
            co_await socket.async_send_to(asio::buffer(large), socket.local_endpoint());
        });
        EXPECT_EQ(error, asio::error::message_size);
    });
}

TYPED_TEST(Networks, ADeadlineEndsAReceiveAndTheSocketStaysUsable)
{
    auto& network = this->where.network;
    auto socket = network.bind_udp({loopback, 0});
    this->play([&]() -> awaitable<void> {
        std::array<char, 100> buffer{};
        asio::ip::udp::endpoint from;
        const auto begin = network.now();
        socket.expires_after(20ms);
        const auto error = co_await error_of([&]() -> awaitable<void> {
            co_await socket.async_receive_from(asio::buffer(buffer), from);
        });
        EXPECT_EQ(error, asio::error::timed_out);
        EXPECT_GE(network.now() - begin, 20ms);
        if (TypeParam::is_virtual) {
            EXPECT_EQ(network.now() - begin, 20ms);
        }

        socket.expires_never();
        co_await socket.async_send_to(asio::buffer("again", 5), socket.local_endpoint());
        EXPECT_EQ(co_await socket.async_receive_from(asio::buffer(buffer), from), 5u);
    });
}

TYPED_TEST(Networks, EveryMemberOfAGroupHearsWhatIsSentToItAndNobodyElseDoes)
{
    auto& network = this->where.network;
    const auto group = asio::ip::make_address_v4("239.1.2.3");
    auto first = network.join({group, 0, loopback.to_v4()});
    const auto port = first.local_endpoint().port();
    auto second = network.join({group, port, loopback.to_v4()});
    auto stranger = network.join({asio::ip::make_address_v4("239.1.2.4"), port, loopback.to_v4()});
    auto sender = network.open_multicast_sender(loopback.to_v4());
    EXPECT_EQ(first.local_endpoint(), asio::ip::udp::endpoint(group, port));
    EXPECT_EQ(second.local_endpoint(), first.local_endpoint());
    this->play([&]() -> awaitable<void> {
        co_await sender.async_send_to(asio::buffer("hello", 5), first.local_endpoint());
        for (auto* member : {&first, &second}) {
            std::array<char, 100> buffer{};
            asio::ip::udp::endpoint from;
            const auto length = co_await member->async_receive_from(asio::buffer(buffer), from);
            EXPECT_EQ(text_of(buffer, length), "hello");
            EXPECT_EQ(from, sender.local_endpoint());
        }
        for (auto* deaf : {&first, &stranger}) {
            std::array<char, 100> buffer{};
            asio::ip::udp::endpoint from;
            deaf->expires_after(20ms);
            const auto error = co_await error_of([&]() -> awaitable<void> {
                co_await deaf->async_receive_from(asio::buffer(buffer), from);
            });
            EXPECT_EQ(error, asio::error::timed_out);
        }
    });
}

TYPED_TEST(Networks, WhoLeftAGroupHearsNothingAndTheOthersStillDo)
{
    auto& network = this->where.network;
    const auto group = asio::ip::make_address_v4("239.1.2.5");
    auto gone = network.join({group, 0, loopback.to_v4()});
    const auto address = gone.local_endpoint();
    auto stays = network.join({group, address.port(), loopback.to_v4()});
    auto sender = network.open_multicast_sender(loopback.to_v4());
    gone.close();
    this->play([&]() -> awaitable<void> {
        co_await sender.async_send_to(asio::buffer("still", 5), address);
        std::array<char, 100> buffer{};
        asio::ip::udp::endpoint from;
        EXPECT_EQ(co_await stays.async_receive_from(asio::buffer(buffer), from), 5u);
    });
}

TYPED_TEST(Networks, AGroupIsJoinedOnAnInterfaceThatThereIs)
{
    auto& network = this->where.network;
    const auto nowhere = asio::ip::make_address_v4("203.0.113.77"); // RFC 5737: for examples
    EXPECT_THROW(network.join({asio::ip::make_address_v4("239.1.2.6"), 0, nowhere}),
                 net::system_error);
    EXPECT_THROW(network.join({asio::ip::make_address_v4("127.0.0.1"), 0, loopback.to_v4()}),
                 net::system_error);
    EXPECT_THROW(network.open_multicast_sender(nowhere), net::system_error);
}

TYPED_TEST(Networks, StoppingAbortsWhatWaitsAndRefusesWhatIsNew)
{
    auto& network = this->where.network;
    int aborted = 0;
    const auto expect_abort = [&](auto operation) {
        return [&, operation]() -> awaitable<void> {
            const auto error = co_await error_of(operation);
            EXPECT_EQ(error, asio::error::operation_aborted);
            ++aborted;
        };
    };
    this->play(expect_abort([&]() -> awaitable<void> {
                   auto socket = network.bind_udp({loopback, 0});
                   std::array<char, 100> buffer{};
                   asio::ip::udp::endpoint from;
                   co_await socket.async_receive_from(asio::buffer(buffer), from);
               }),
               expect_abort([&]() -> awaitable<void> {
                   auto listener = network.listen_tcp({loopback, 0});
                   co_await listener.async_accept();
               }),
               expect_abort([&]() -> awaitable<void> { co_await network.sleep_for(10h); }),
               [&]() -> awaitable<void> {
                   co_await network.sleep_for(5ms);
                   this->where.network.stop();
                   EXPECT_TRUE(network.stopped());
                   EXPECT_THROW(network.make_timer(), net::system_error);
                   EXPECT_THROW(network.bind_udp({loopback, 0}), net::system_error);
               });
    EXPECT_EQ(aborted, 3);
}

TYPED_TEST(Networks, CancelEndsAWaitingTimer)
{
    auto& network = this->where.network;
    auto timer = network.make_timer();
    timer.expires_after(10h);
    this->play(
        [&]() -> awaitable<void> {
            const auto error =
                co_await error_of([&]() -> awaitable<void> { co_await timer.async_wait(); });
            EXPECT_EQ(error, asio::error::operation_aborted);
        },
        [&]() -> awaitable<void> {
            co_await network.sleep_for(1ms);
            timer.cancel();
        });
}

TYPED_TEST(Networks, HostNamesAndAddressesAreResolved)
{
    EXPECT_EQ(this->where.network.resolve("127.0.0.1"), loopback);
    EXPECT_EQ(this->where.network.resolve("localhost"), loopback);
    EXPECT_THROW(this->where.network.resolve("no host of this name"), net::failure);
}
