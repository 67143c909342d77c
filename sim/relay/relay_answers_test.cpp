// Answers from elsewhere, ports that are kept, refusals, and datagrams that the kernel dropped: the
// relay on loopback.
#include <array>

#include <sys/socket.h>
#include <unistd.h>

#include "sim/relay/udp_relay_for_tests.hpp"

using namespace badwire::relay;
using namespace badwire::relay::testing;
using namespace std::chrono_literals;
using badwire::link::direction;
namespace error = boost::asio::error;

namespace {

class RelayAnswers : public RelayTest {
protected:
    std::string next(peer& at)
    {
        std::string heard;
        EXPECT_TRUE(run_until(context, [&] {
            const auto text = at.receive();
            if (text) heard = *text;
            return text.has_value();
        }));
        return heard;
    }
};

} // namespace

TEST_F(RelayAnswers, AnAnswerFromANewPortArrivesFromANewPortAndIsAnsweredThere)
{
    relay_options options;
    options.link.up.delay = options.link.down.delay = {1ms, 1ms};
    relay through(context, options);
    const auto at = open(through, "client");
    peer client(context);
    peer transfer(context);
    client.send("read", at);
    EXPECT_EQ(next(server), "read");
    const endpoint client_seen = server.from();

    for (const char* block : {"block 1", "block 2"}) {
        transfer.send(block, client_seen);
        EXPECT_EQ(next(client), block);
        EXPECT_NE(client.from(), at) << "as from another port of the server";
        client.send("ack", client.from());
        EXPECT_EQ(next(transfer), "ack");
        EXPECT_EQ(transfer.from(), client_seen);
    }
    server.send("the old port, too", client_seen);
    EXPECT_EQ(next(client), "the old port, too");
    EXPECT_EQ(client.from(), at);
    EXPECT_EQ(through.count(direction::down).delivered, 3u);
    EXPECT_EQ(through.count(direction::up).delivered, 3u);
}

TEST_F(RelayAnswers, StrangersAreForgottenWithTheirClientOnly)
{
    relay_options options;
    options.idle_after = 2s; // far more than a busy machine holds us up
    relay through(context, options);
    peer client(context);
    peer transfer(context);
    client.send("read", open(through));
    EXPECT_EQ(next(server), "read");
    const endpoint client_seen = server.from();
    transfer.send("block", client_seen);
    EXPECT_EQ(next(client), "block");
    const endpoint stranger = client.from();
    const auto idle_since = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - idle_since < 3s) { // only the stranger's is used
        context.restart();
        context.run_for(100ms);
        client.send("ack", stranger);
        EXPECT_EQ(next(transfer), "ack");
    }
    transfer.send("more", client_seen);
    EXPECT_EQ(next(client), "more");
    EXPECT_EQ(client.from(), stranger);
}

TEST_F(RelayAnswers, AServerSeesTheClientsOwnPortWhereItIsAskedFor)
{
    relay_options options;
    options.link.keep_ports = true;
    relay through(context, options);
    const auto at = open(through);
    peer client(context);
    client.send("hello", at);
    EXPECT_EQ(next(server), "hello");
    EXPECT_EQ(server.from().port(), client.address().port());
    EXPECT_NE(server.from().address(), client.address().address());
    server.send("hi", server.from());
    EXPECT_EQ(next(client), "hi");

    peer twin(context, {boost::asio::ip::make_address("127.0.0.9"), client.address().port()});
    twin.send("the same port", at);
    EXPECT_EQ(next(server), "the same port");
    EXPECT_EQ(server.from().port(), client.address().port());
    server.send("hi twin", server.from());
    EXPECT_EQ(next(twin), "hi twin");
}

TEST_F(RelayAnswers, DatagramsToAPortWhereNobodyListensAreUndeliverable)
{
    relay through(context, {});
    endpoint nobody;
    {
        peer gone(context);
        nobody = gone.address();
    }
    const auto at = through.open({loopback, 0}, nobody, "client");
    peer client(context);
    constexpr std::uint64_t sent = 100;
    for (std::uint64_t i = 0; i < sent; ++i) {
        client.send(numbered(static_cast<int>(i)), at);
        context.restart();
        context.run_for(100us);
    }
    EXPECT_TRUE(run_until(context, [&] {
        return through.count(direction::up).undeliverable == sent;
    })) << through.count(direction::up).undeliverable;
    EXPECT_EQ(through.count(direction::up).delivered, 0u);
    EXPECT_EQ(through.count(direction::up).delivered_bytes, 0u);
}

TEST_F(RelayAnswers, AnswersToAClientThatIsGoneAreUndeliverable)
{
    relay through(context, {});
    const auto at = open(through);
    auto client = std::make_unique<peer>(context);
    client->send("hello", at);
    EXPECT_EQ(next(server), "hello");
    client.reset();
    for (int i = 0; i < 3; ++i) server.send("too late", server.from());
    EXPECT_TRUE(
        run_until(context, [&] { return through.count(direction::down).undeliverable == 3; }));
    EXPECT_EQ(through.count(direction::down).delivered, 0u);
}

// Only the system's owner may send what tells it.
TEST_F(RelayAnswers, AConnectedClientIsToldOfARefusalAfterTheWayBack)
{
    const int raw = ::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
    if (raw < 0) GTEST_SKIP() << "the system lets only its owner send ICMP messages";
    ::close(raw);
    relay_options options;
    options.link.up.delay = options.link.down.delay = {20ms, 20ms};
    relay through(context, options);
    endpoint nobody;
    {
        peer gone(context);
        nobody = gone.address();
    }
    boost::asio::ip::udp::socket client(context, endpoint(loopback, 0));
    client.connect(through.open({loopback, 0}, nobody, ""));
    const auto started = std::chrono::steady_clock::now();
    client.send(boost::asio::buffer("hello", 5));
    boost::system::error_code ended;
    bool told = false;
    std::array<char, 10> buffer{};
    client.async_receive(boost::asio::buffer(buffer),
                         [&](boost::system::error_code failed, std::size_t) {
                             ended = failed;
                             told = true;
                         });
    EXPECT_TRUE(run_until(context, [&] { return told; }));
    EXPECT_EQ(ended, error::connection_refused);
    EXPECT_GE(std::chrono::steady_clock::now() - started, 40ms);
}

TEST_F(RelayAnswers, WhatTheKernelDropsAtTheRelaysSocketsIsCounted)
{
    relay through(context, {});
    const auto at = open(through);
    peer client(context);
    const std::string large(1000, 'x');
    constexpr std::uint64_t sent = 30'000; // more than the buffers take while nobody reads
    for (std::uint64_t i = 0; i < sent; ++i) client.send(large, at);
    std::uint64_t arrived = 0;
    EXPECT_TRUE(run_until(context,
                          [&] {
                              while (server.receive()) ++arrived;
                              const auto up = through.count(direction::up);
                              return up.offered + through.dropped_by_kernel() == sent;
                          }))
        << through.count(direction::up).offered << " offered, " << through.dropped_by_kernel()
        << " dropped";
    EXPECT_GT(through.dropped_by_kernel(), 0u);
    const auto before = through.dropped_by_kernel();
    through.close();
    EXPECT_EQ(through.dropped_by_kernel(), before);
}
