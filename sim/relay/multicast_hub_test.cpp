// Multicast over links, with real sockets on the loopback interface.
#include "sim/relay/multicast_hub.hpp"

#include <set>
#include <thread>
#include <vector>

#include <boost/asio/ip/multicast.hpp>
#include <gtest/gtest.h>

#include "sim/relay/relay_peers_for_tests.hpp"

namespace badwire::relay {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::udp;
using testing::loopback;
using testing::run_until;
namespace multicast = boost::asio::ip::multicast;

// A member in the course's style: one socket to hear and to send.
struct member {
    using reuse_port = boost::asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

    member(boost::asio::io_context& context, const endpoint& at, bool by_port = false)
        : socket(context, udp::v4())
    {
        if (by_port) socket.set_option(reuse_port(true));
        else socket.set_option(udp::socket::reuse_address(true));
        socket.bind(at);
        socket.set_option(multicast::join_group(at.address().to_v4(), loopback.to_v4()));
        socket.set_option(multicast::outbound_interface(loopback.to_v4()));
        socket.non_blocking(true);
    }

    void say(std::string_view text)
    {
        socket.send_to(boost::asio::buffer(text), socket.local_endpoint());
    }

    const std::multiset<std::string>& hear()
    {
        std::string text(1000, '\0');
        boost::system::error_code failed;
        for (;;) {
            text.resize(1000);
            text.resize(socket.receive_from(boost::asio::buffer(text), from, 0, failed));
            if (failed) return heard;
            heard.insert(text);
            in_order.push_back(text);
        }
    }

    udp::socket socket;
    endpoint from;
    std::multiset<std::string> heard;
    std::vector<std::string> in_order;
};

struct MulticastHub : ::testing::Test {
    boost::asio::io_context context{1};
    std::uint16_t port = free_port();
    relay wan{context, lossy()};
    multicast_hub hub{context};

    std::uint16_t free_port()
    {
        return udp::socket(context, {loopback, 0}).local_endpoint().port();
    }
    endpoint group(int number) const
    {
        return {boost::asio::ip::address_v4({239, 250, 7, static_cast<std::uint8_t>(number)}),
                port};
    }
    std::string trace;

    // All datagrams to "unlucky" are lost.
    relay_options lossy()
    {
        relay_options options;
        options.trace = [this](std::string_view line) { trace.append(line) += '\n'; };
        options.name = "wan";
        link::exact_rule rule;
        rule.flow = "unlucky";
        rule.drop = true;
        options.link.down.exact.push_back(rule);
        options.link.down.delay = {2ms, 2ms};
        return options;
    }
};

TEST_F(MulticastHub, EachReceiverHasAFateOfItsOwnAndOwnCopiesAreUntouched)
{
    hub.add("lucky", group(1), &wan);
    hub.add("unlucky", group(2), &wan);
    hub.add("", group(3), nullptr);
    member lucky(context, group(1)), unlucky(context, group(2)), near(context, group(3)),
        another(context, group(3));

    lucky.say("one");
    unlucky.say("two");
    near.say("three");
    ASSERT_TRUE(run_until(context, [&] {
        return lucky.hear().size() >= 3 && near.hear().size() >= 3 && another.hear().size() >= 3 &&
               !unlucky.hear().empty();
    }));
    context.restart();
    context.run_for(20ms);

    const std::multiset<std::string> all{"one", "two", "three"};
    EXPECT_EQ(lucky.hear(), all);
    EXPECT_EQ(near.hear(), all);
    EXPECT_EQ(another.hear(), all);
    EXPECT_EQ(unlucky.hear(), std::multiset<std::string>{"two"});
    const auto& up = wan.count(link::direction::up);
    const auto& down = wan.count(link::direction::down);
    EXPECT_EQ(up.offered, 2u);
    EXPECT_EQ(up.delivered, 2u);
    EXPECT_EQ(down.offered, 4u);
    EXPECT_EQ(down.dropped, 2u);
    EXPECT_EQ(down.delivered, 2u);
    EXPECT_EQ(wan.delays(link::direction::down).samples(), 2u);
}

TEST_F(MulticastHub, MembersMayShareTheirPortEitherWay)
{
    hub.add("address", group(1), &wan);
    hub.add("port", group(2), &wan);
    member by_address(context, group(1)), by_port(context, group(2), true);
    by_address.say("one");
    by_port.say("two");
    EXPECT_TRUE(run_until(
        context, [&] { return by_address.hear().size() == 2 && by_port.hear().size() == 2; }));
}

TEST_F(MulticastHub, ManyThatAreDueAtOnceKeepTheirOrder)
{
    relay_options options = lossy();
    options.name = "slow";
    options.link.up.delay = {5ms, 5ms};
    relay slow(context, options);
    hub.add("sender", group(1), &slow);
    hub.add("receiver", group(2), &slow);
    member sender(context, group(1)), receiver(context, group(2));

    std::vector<std::string> said;
    for (int i = 0; i < 100; ++i) sender.say(said.emplace_back(std::to_string(i)));
    ASSERT_TRUE(
        run_until(context, [&] { return slow.count(link::direction::up).offered == said.size(); }));
    // As on a busy machine: the relay does not look before all of them are due.
    std::this_thread::sleep_for(10ms);
    ASSERT_TRUE(run_until(context, [&] { return receiver.hear().size() == said.size(); }));
    EXPECT_EQ(receiver.in_order, said);
    hub.close();
}

TEST_F(MulticastHub, WhatTheRelayHasNoRoomForIsCountedAndTraced)
{
    relay_options options = lossy();
    options.name = "narrow";
    options.in_flight_bytes_max = 1024;
    relay narrow(context, options);
    hub.add("sender", group(1), &wan);
    hub.add("receiver", group(2), &narrow);
    member sender(context, group(1)), receiver(context, group(2));
    sender.say(std::string(900, 'x'));
    ASSERT_TRUE(
        run_until(context, [&] { return narrow.count(link::direction::down).undeliverable == 1; }));
    EXPECT_NE(trace.find(R"("fate":"undeliverable","reason":"too many datagrams on their way")"),
              std::string::npos)
        << trace;
    sender.say("fits");
    ASSERT_TRUE(run_until(context, [&] { return receiver.hear().size() == 1; }));
    hub.close();
}

TEST_F(MulticastHub, APreciseRelayStaysAwakeForMulticastToo)
{
    relay_options options = lossy();
    options.precise = true;
    relay precise(context, options);
    hub.add("a", group(1), &wan);
    hub.add("b", group(2), &precise);
    member a(context, group(1)), b(context, group(2));
    std::size_t turns = 0; // of the thread, which stays awake before each departure
    for (std::size_t i = 1; i <= 20; ++i) {
        a.say(std::to_string(i));
        for (int tries = 0; tries < 1'000'000 && b.hear().size() < i; ++tries)
            turns += context.run_one_for(10ms);
    }
    EXPECT_EQ(b.heard.size(), 20u);
    EXPECT_GT(turns, 200u) << "a relay that sleeps takes four or so for each";
    EXPECT_EQ(precise.how_late().samples, 20u);
    hub.close();
}

TEST_F(MulticastHub, ReceiversTellSendersApart)
{
    hub.add("a", group(1), &wan);
    hub.add("b", group(2), &wan);
    hub.add("c", group(3), &wan);
    member a(context, group(1)), b(context, group(2)), c(context, group(3));
    a.say("from a");
    ASSERT_TRUE(run_until(context, [&] { return c.hear().size() == 1; }));
    const auto first = c.from;
    b.say("from b");
    ASSERT_TRUE(run_until(context, [&] { return c.hear().size() == 2; }));
    EXPECT_NE(c.from, first);
    a.say("again");
    ASSERT_TRUE(run_until(context, [&] { return c.hear().size() == 3; }));
    EXPECT_EQ(c.from, first);
}

} // namespace
} // namespace badwire::relay
