// How datagrams leave where the system refuses: sockets of other kinds stand in for sockets that
// are full or cannot bundle.
#include "sim/relay/udp_sender.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "sim/relay/udp_relay_for_tests.hpp"

using namespace badwire::relay;
using namespace badwire::relay::testing;
using boost::asio::ip::udp;

namespace {

struct UdpSenderTest : ::testing::Test {
    UdpSenderTest()
    {
        shared->admit();
        flow =
            std::make_shared<udp_flow>(shared->context, port, peer_address(endpoint(loopback, 1)),
                                       std::make_shared<named_flow>(shared, std::string()));
    }

    // Offers the datagrams upwards and lets them leave.
    void send(const std::vector<std::string>& texts)
    {
        for (const auto& text : texts)
            sender->add({.payload = bytes_of(text),
                         .flow = flow.get(),
                         .index = index++,
                         .held = {},
                         .which = badwire::link::direction::up});
        sender->flush();
    }

    boost::asio::io_context context;
    peer server{context};
    std::shared_ptr<core> shared = std::make_shared<core>(context, relay_options{});
    std::shared_ptr<udp_sender> sender = std::make_shared<udp_sender>(shared);
    std::shared_ptr<udp_port> port =
        std::make_shared<udp_port>(udp::socket(context, {loopback, 0}), server.address(), "client");
    std::shared_ptr<udp_flow> flow;
    std::uint64_t index = 0;
    badwire::link::counters count() const { return shared->up.count(); }
};

} // namespace

TEST_F(UdpSenderTest, WhatASocketHasNoRoomForWaitsItsTurn)
{
    // A local socket has room for a few datagrams only, and says when there is more.
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends), 0);
    flow->socket.assign(udp::v4(), ends[0]);
    flow->bundles = false;
    std::vector<std::string> sent, more, arrived;
    for (int i = 0; i < 3000; ++i) (i < 2000 ? sent : more).push_back(numbered(i));
    send(sent);
    EXPECT_TRUE(flow->blocked);
    EXPECT_EQ(flow->held, 2000 - count().delivered);
    send(more);
    ASSERT_TRUE(run_until(context, [&] {
        char bytes[100];
        ssize_t size = 0;
        while ((size = ::recv(ends[1], bytes, sizeof bytes, 0)) >= 0)
            arrived.emplace_back(bytes, bytes + size);
        return arrived.size() == 3000;
    })) << arrived.size();
    sent.insert(sent.end(), more.begin(), more.end());
    EXPECT_EQ(arrived, sent);
    EXPECT_EQ(count().delivered, 3000u);
    EXPECT_EQ(flow->held, 0u);
    ::close(ends[1]);
}

TEST_F(UdpSenderTest, WhereBundlesAreRefusedDatagramsLeaveOneByOne)
{
    flow->socket = udp::socket(context, {loopback, 0});
    flow->socket.connect(server.address());
    // Without checksums the kernel makes no bundles.
    const int on = 1;
    ASSERT_EQ(::setsockopt(flow->socket.native_handle(), SOL_SOCKET, SO_NO_CHECK, &on, sizeof on),
              0);
    std::vector<std::string> sent, arrived;
    for (int i = 100; i < 300; ++i) sent.push_back(numbered(i));
    send(sent);
    while (auto text = server.receive()) arrived.push_back(*text);
    EXPECT_EQ(arrived, sent);
    EXPECT_FALSE(flow->bundles);
    EXPECT_EQ(count().undeliverable, 0u);
}

TEST_F(UdpSenderTest, OneDatagramTheSystemRefusesDoesNotHarmTheOthers)
{
    flow->socket = udp::socket(context, {loopback, 0});
    flow->socket.connect(server.address());
    const std::string too_large(65520, 'x');
    send({"first", too_large, too_large, "last1", "last2"});
    for (const char* expected : {"first", "last1", "last2"}) EXPECT_EQ(server.receive(), expected);
    EXPECT_EQ(count().undeliverable, 2u);
    EXPECT_EQ(count().delivered, 3u);
    EXPECT_TRUE(flow->bundles);
}
