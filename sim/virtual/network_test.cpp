// The seam's promises, each kept by both networks: the same steps run on loopback and in virtual
// time.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include <nlohmann/json.hpp>

#include "impl/net/concepts.hpp"
#include "impl/real/disk_files.hpp"
#include "impl/real/real_network.hpp"
#include "sim/virtual/virtual_network.hpp"

using namespace badwire;
using namespace std::chrono_literals;
using net::awaitable;
namespace asio = boost::asio;

static_assert(net::datagram_socket<asio::ip::udp::socket>);
static_assert(net::datagram_socket<net::udp_socket>);
static_assert(net::byte_stream<asio::ip::tcp::socket>);
static_assert(net::byte_stream<net::tcp_stream>);
static_assert(net::waiting_timer<asio::steady_timer>);
static_assert(net::waiting_timer<net::timer>);

namespace {

const asio::ip::address loopback = asio::ip::address_v4::loopback();

struct on_real_sockets {
    static constexpr bool is_virtual = false;
    asio::io_context context{1};
    net::real_network network{context, ".", 1};
    void run() { context.run(); }
};

struct in_virtual_time {
    static constexpr bool is_virtual = true;
    sim::world world;
    net::disk_files files{"."};
    sim::virtual_network network{world, files, 1, {}, {}};
    void run() { world.run(); }
};

template <typename Where>
class Networks : public testing::Test {
protected:
    // Runs every step to its end; a failure in one fails the test.
    template <typename... Steps>
    void play(Steps... steps)
    {
        (asio::co_spawn(where.network.get_executor(), std::move(steps),
                        [](std::exception_ptr problem) {
                            if (!problem) return;
                            try {
                                std::rethrow_exception(problem);
                            } catch (const std::exception& error) {
                                ADD_FAILURE() << error.what();
                            }
                        }),
         ...);
        where.run();
    }

    Where where;
};

using both = testing::Types<on_real_sockets, in_virtual_time>;
TYPED_TEST_SUITE(Networks, both);

template <typename Operation>
awaitable<net::error_code> error_of(Operation operation)
{
    try {
        co_await operation();
    } catch (const net::system_error& error) {
        co_return error.code();
    }
    co_return net::error_code();
}

std::string text_of(const std::array<char, 100>& buffer, std::size_t length)
{
    return {buffer.data(), length};
}

} // namespace

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

TYPED_TEST(Networks, StreamsCarryBytesBothWaysAndEndHalfByHalf)
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

TYPED_TEST(Networks, ConnectingToNobodyIsRefused)
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

TYPED_TEST(Networks, ATakenPortIsRefused)
{
    auto first = this->where.network.bind_udp({loopback, 0});
    EXPECT_THROW(this->where.network.bind_udp(first.local_endpoint()), net::system_error);
    auto listener = this->where.network.listen_tcp({loopback, 0});
    EXPECT_THROW(this->where.network.listen_tcp(listener.local_endpoint()), net::system_error);
}

TYPED_TEST(Networks, AcceptMeetsItsDeadline)
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

TYPED_TEST(Networks, AClientIsServedOnAThreadOfItsOwn)
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

TYPED_TEST(Networks, AClientIsServedByAProcessOfItsOwnWhoseMetricsComeBack)
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
