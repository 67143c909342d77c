// Hosts in namespaces, with sockets of the kernel's. Where no hosts can be made, these tests are skipped.
#include <array>
#include <string_view>

#include <gtest/gtest.h>

#include "sim/hosts/hosts_for_tests.hpp"

using namespace badwire::hosts;
using namespace std::chrono_literals;
using badwire::link::direction;
using boost::asio::ip::address_v4;

namespace {

constexpr std::uint16_t port = 5000;

class Hosts : public testing::Test {
protected:
    void SetUp() override
    {
        static const std::string refused = why_no_hosts(this_test());
        if (!refused.empty()) GTEST_SKIP() << refused;
    }

    static plain_topology over_wan()
    {
        plain_topology made;
        made.up = {{"wan", direction::up, "a"}};
        made.down = {{"wan", direction::down, "a"}};
        return made;
    }
    static switch_options with(badwire::link::link_options wan)
    {
        switch_options made;
        made.links["wan"] = std::move(wan);
        return made;
    }
};

int echo_datagrams(const address_v4& bound, int count)
{
    const int socket = open_at(SOCK_DGRAM, bound, port);
    for (int i = 0; i < count; ++i) {
        std::array<char, 2000> bytes{};
        sockaddr_in from{};
        socklen_t length = sizeof from;
        const ssize_t size = ::recvfrom(socket, bytes.data(), bytes.size(), 0,
                                        reinterpret_cast<sockaddr*>(&from), &length);
        if (size < 0) return 1;
        ::sendto(socket, bytes.data(), static_cast<std::size_t>(size), 0, raw(from), length);
    }
    return 0;
}

// Sends until an answer comes: the server may not be there yet.
int ask(const address_v4& whom, int answers_wanted = 1)
{
    const int socket = open_at(SOCK_DGRAM, address_v4::any(), 0);
    limit_waiting(socket, 1);
    const sockaddr_in there = at(whom, port);
    int answers = 0;
    for (int tries = 0; tries < 60 && answers < answers_wanted; ++tries) {
        ::sendto(socket, "ping", 4, 0, raw(there), sizeof there);
        std::array<char, 100> bytes{};
        sockaddr_in from{};
        socklen_t length = sizeof from;
        const ssize_t size = ::recvfrom(socket, bytes.data(), bytes.size(), 0,
                                        reinterpret_cast<sockaddr*>(&from), &length);
        if (size < 0) {
            ::usleep(20'000); // refused, or nothing came
            continue;
        }
        if (from.sin_addr.s_addr != there.sin_addr.s_addr) return 2;
        ++answers;
    }
    return answers == answers_wanted ? 0 : 1;
}

int serve_bytes(const address_v4& bound, std::size_t wanted)
{
    const int listening = open_at(SOCK_STREAM, bound, port);
    ::listen(listening, 1);
    const int from = ::accept(listening, nullptr, nullptr);
    limit_waiting(from);
    std::array<char, 65536> bytes{};
    std::size_t all = 0;
    for (ssize_t size = 0; (size = ::recv(from, bytes.data(), bytes.size(), 0)) > 0;)
        all += static_cast<std::size_t>(size);
    return all == wanted ? 0 : 1;
}

int send_bytes(const address_v4& whom, std::size_t wanted)
{
    int to = -1;
    for (int tries = 0; tries < 200; ++tries) {
        to = open_at(SOCK_STREAM, address_v4::any(), 0);
        const sockaddr_in there = at(whom, port);
        if (::connect(to, raw(there), sizeof there) == 0) break;
        ::close(to);
        ::usleep(20'000);
    }
    const std::string bytes(wanted, 'x');
    for (std::size_t sent = 0; sent < wanted;) {
        const ssize_t size = ::send(to, bytes.data() + sent, wanted - sent, MSG_NOSIGNAL);
        if (size <= 0) return 1;
        sent += static_cast<std::size_t>(size);
    }
    ::close(to);
    return 0;
}

int receive_group(in_addr interface)
{
    const int socket = open_at(SOCK_DGRAM, address_v4::any(), port);
    ip_mreq group{};
    ::inet_pton(AF_INET, "224.1.1.1", &group.imr_multiaddr);
    group.imr_interface = interface;
    if (::setsockopt(socket, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group) < 0) return 1;
    std::array<char, 100> bytes{};
    return ::recv(socket, bytes.data(), bytes.size(), 0) == 5 ? 0 : 2;
}

int send_group(in_addr interface)
{
    const int socket = open_at(SOCK_DGRAM, address_v4::any(), 0);
    ::setsockopt(socket, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface);
    const sockaddr_in group = at(boost::asio::ip::make_address_v4("224.1.1.1"), port);
    for (int i = 0; i < 40; ++i) { // until the others listen
        if (::sendto(socket, "group", 5, 0, raw(group), sizeof group) != 5) return 1;
        ::usleep(50'000);
    }
    return 0;
}

} // namespace

TEST_F(Hosts, DatagramsCrossALinkAndAreCounted)
{
    hosts_under_test hosts(2, over_wan(), with({}));
    const pid_t server = hosts.start(1, [] { return echo_datagrams(address_v4::any(), 3); });
    const pid_t client = hosts.start(0, [] { return ask(ipv4_of(1), 3); });
    EXPECT_EQ(hosts.end_of(client), 0);
    EXPECT_EQ(hosts.end_of(server), 0);
    hosts.stop();
    const auto& wan = hosts.between().between("wan");
    EXPECT_GE(wan.lane(direction::up).count().delivered, 3U);
    EXPECT_EQ(wan.lane(direction::down).count().offered, 3U);
    EXPECT_EQ(wan.lane(direction::down).count().offered_bytes, 12U);
}

TEST_F(Hosts, NothingCrossesALinkThatLosesAll)
{
    badwire::link::link_options wan;
    wan.up.loss = 1;
    hosts_under_test hosts(2, over_wan(), with(wan));
    const pid_t client = hosts.start(0, [] {
        const int socket = open_at(SOCK_DGRAM, address_v4::any(), 0);
        const sockaddr_in there = at(ipv4_of(1), port);
        for (int i = 0; i < 5; ++i) ::sendto(socket, "ping", 4, 0, raw(there), sizeof there);
        return 0;
    });
    EXPECT_EQ(hosts.end_of(client), 0);
    EXPECT_TRUE(hosts.comes([](const ethernet_switch& seen) {
        return seen.between("wan").lane(direction::up).count().dropped == 5;
    }));
    hosts.stop();
    EXPECT_EQ(hosts.between().between("wan").lane(direction::up).count().dropped, 5U);
}

TEST_F(Hosts, AServerOnLoopbackIsReachedByItsHostsAddress)
{
    plain_topology between = over_wan();
    between.loopback_port = port;
    hosts_under_test hosts(2, between, with({}));
    const pid_t server = hosts.start(1, [] { return echo_datagrams(address_v4::loopback(), 1); });
    EXPECT_EQ(hosts.end_of(hosts.start(0, [] { return ask(ipv4_of(1)); })), 0);
    EXPECT_EQ(hosts.end_of(server), 0);
    const pid_t streams =
        hosts.start(1, [] { return serve_bytes(address_v4::loopback(), 100'000); });
    EXPECT_EQ(hosts.end_of(hosts.start(0, [] { return send_bytes(ipv4_of(1), 100'000); })), 0);
    EXPECT_EQ(hosts.end_of(streams), 0);
}

TEST_F(Hosts, LoopbackMayStandForAnotherHost)
{
    for (const address_v4& bound : {address_v4::any(), address_v4::loopback()}) {
        plain_topology between = over_wan();
        between.first_loopback_means = 1;
        if (bound.is_loopback()) between.loopback_port = port;
        hosts_under_test hosts(2, between, with({}));
        const pid_t server = hosts.start(1, [&] { return echo_datagrams(bound, 1); });
        EXPECT_EQ(hosts.end_of(hosts.start(0, [] { return ask(address_v4::loopback()); })), 0);
        EXPECT_EQ(hosts.end_of(server), 0);
        const pid_t streams = hosts.start(1, [&] { return serve_bytes(bound, 100'000); });
        EXPECT_EQ(hosts.end_of(
                      hosts.start(0, [] { return send_bytes(address_v4::loopback(), 100'000); })),
                  0);
        EXPECT_EQ(hosts.end_of(streams), 0);
    }
}

TEST_F(Hosts, TcpSurvivesLossAndKeepsItsSegments)
{
    badwire::link::link_options wan;
    wan.up.loss = wan.down.loss = 0.02;
    wan.up.delay = wan.down.delay = badwire::link::delay_model(2ms, 2ms);
    hosts_under_test hosts(2, over_wan(), with(wan));
    constexpr std::size_t amount = 1'000'000;
    const pid_t server = hosts.start(1, [] { return serve_bytes(address_v4::any(), amount); });
    EXPECT_EQ(hosts.end_of(hosts.start(0, [] { return send_bytes(ipv4_of(1), amount); })), 0);
    EXPECT_EQ(hosts.end_of(server), 0);
    hosts.stop();
    const auto counted = hosts.between().between("wan").lane(direction::up).count();
    EXPECT_GT(counted.dropped, 0U);
    EXPECT_GE(counted.offered, amount / segment_bytes_max) << "no segment is larger";
}

TEST_F(Hosts, MulticastReachesMembersByAnyInterface)
{
    for (const std::uint32_t interface : {INADDR_ANY, INADDR_LOOPBACK}) {
        plain_topology between = over_wan();
        between.not_member = 3;
        hosts_under_test hosts(4, between, with({}));
        const in_addr by{htonl(interface)};
        const pid_t b = hosts.start(1, [&] { return receive_group(by); });
        const pid_t c = hosts.start(2, [&] { return receive_group(by); });
        EXPECT_EQ(hosts.end_of(hosts.start(0, [&] { return send_group(by); })), 0);
        EXPECT_EQ(hosts.end_of(b), 0);
        EXPECT_EQ(hosts.end_of(c), 0);
        hosts.stop();
        const auto counted = hosts.between().between("wan").lane(direction::up).count();
        EXPECT_EQ(counted.offered, 80U) << "a fate for each of two members";
    }
}

int main(int argc, char** argv)
{
    if (argc == 2 && std::string_view(argv[1]) == "make-hosts") return make_hosts_main();
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
