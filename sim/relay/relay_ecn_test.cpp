// ECN through the relay: codepoints are read, passed on and marked where an AQM asks for it.
#include <array>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "sim/relay/udp_relay_for_tests.hpp"

using namespace badwire::relay::testing;
using namespace std::chrono_literals;
using badwire::link::direction;
using badwire::relay::endpoint;
using badwire::relay::relay;
using badwire::relay::relay_options;

namespace {

// One of each family that sends with a codepoint and reads it.
class ecn_peer {
public:
    ecn_peer(boost::asio::io_context& context, const boost::asio::ip::address& at)
        : v6_(at.is_v6()), socket_(context, endpoint(at, 0))
    {
        const int on = 1;
        set(IPPROTO_IP, IP_RECVTOS, on);
        if (v6_) set(IPPROTO_IPV6, IPV6_RECVTCLASS, on);
        socket_.non_blocking(true);
    }

    endpoint address() const { return socket_.local_endpoint(); }
    void send(int codepoint, const endpoint& to)
    {
        if (v6_) set(IPPROTO_IPV6, IPV6_TCLASS, codepoint);
        else set(IPPROTO_IP, IP_TOS, codepoint);
        socket_.send_to(boost::asio::buffer(std::string(1000, 'x')), to);
    }
    // The codepoint of the next datagram; -1: none has come.
    int receive()
    {
        std::array<char, 2000> bytes;
        alignas(cmsghdr) std::array<char, 128> control;
        iovec into{bytes.data(), bytes.size()};
        msghdr message{};
        message.msg_iov = &into;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        if (::recvmsg(socket_.native_handle(), &message, 0) < 0) return -1;
        for (auto* one = CMSG_FIRSTHDR(&message); one != nullptr; one = CMSG_NXTHDR(&message, one))
            if ((one->cmsg_level == IPPROTO_IP && one->cmsg_type == IP_TOS) ||
                (one->cmsg_level == IPPROTO_IPV6 && one->cmsg_type == IPV6_TCLASS))
                return *CMSG_DATA(one) & 3;
        return 0;
    }

private:
    void set(int level, int name, int value)
    {
        ASSERT_EQ(::setsockopt(socket_.native_handle(), level, name, &value, sizeof value), 0);
    }

    bool v6_;
    boost::asio::ip::udp::socket socket_;
};

struct RelayEcn : testing::TestWithParam<const char*> {
    // How many of 60 datagrams, of which each takes 5 ms at the bottleneck, arrive with each
    // codepoint.
    std::array<int, 4> arrivals(const relay_options& options, int codepoint)
    {
        boost::asio::io_context context;
        const auto here = boost::asio::ip::make_address(GetParam());
        ecn_peer server(context, here), client(context, here);
        relay through(context, options);
        const auto at = through.open({here, 0}, server.address(), "client");
        for (int i = 0; i < 60; ++i) client.send(codepoint, at);
        std::array<int, 4> found{};
        std::uint64_t arrived = 0;
        EXPECT_TRUE(run_until(context, [&] {
            for (int one = server.receive(); one >= 0; one = server.receive()) {
                ++found.at(static_cast<std::size_t>(one));
                ++arrived;
            }
            count = through.count(direction::up);
            return count.offered == 60 && arrived + count.dropped == 60;
        }));
        return found;
    }

    static relay_options codel(bool ecn)
    {
        relay_options options;
        options.link.up.rate.bits_per_second = 1.6e6;
        options.link.up.aqm = badwire::link::aqm_model::codel();
        options.link.up.aqm.interval = 20ms;
        options.link.up.aqm.ecn = ecn;
        return options;
    }

    badwire::link::counters count;
};

} // namespace

TEST_P(RelayEcn, WhoIsCapableIsMarkedAndKeepsItsCodepointOtherwise)
{
    for (const int codepoint : {1, 2}) {
        const auto found = arrivals(codel(true), codepoint);
        EXPECT_EQ(count.dropped, 0u);
        EXPECT_GT(count.marked, 3u);
        EXPECT_EQ(found[3], static_cast<int>(count.marked));
        EXPECT_EQ(found.at(static_cast<std::size_t>(codepoint)), 60 - found[3]);
    }
}

TEST_P(RelayEcn, WhoIsNotCapableIsDroppedAndCounted)
{
    const auto found = arrivals(codel(true), 0);
    EXPECT_GT(count.not_capable, 3u);
    EXPECT_EQ(count.dropped, count.not_capable);
    EXPECT_EQ(count.dropped_by[static_cast<std::size_t>(badwire::link::cause::aqm)], count.dropped);
    EXPECT_EQ(count.marked, 0u);
    EXPECT_EQ(found[0], 60 - static_cast<int>(count.dropped));
}

TEST_P(RelayEcn, WithoutEcnAnAqmDropsWhoeverSends)
{
    const auto found = arrivals(codel(false), 2);
    EXPECT_GT(count.dropped, 3u);
    EXPECT_EQ(count.not_capable, 0u);
    EXPECT_EQ(found[0], 60 - static_cast<int>(count.dropped)) << "nobody asked for codepoints";
}

INSTANTIATE_TEST_SUITE_P(Families, RelayEcn, testing::Values("127.0.0.1", "::1"),
                         [](const auto& of) { return of.index == 0 ? "IPv4" : "IPv6"; });
