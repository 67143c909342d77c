// Datagrams that the kernel bundles (UDP_SEGMENT, UDP_GRO) through the relay: nobody must notice
// that; and what a watcher is shown.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/udp.h>

#include "sim/relay/udp_relay_for_tests.hpp"

using namespace badwire::relay::testing;
using namespace std::chrono_literals;
using badwire::link::direction;
using badwire::link::packet_watcher;
using badwire::link::watched_packet;
using badwire::relay::endpoint;
using badwire::relay::relay;
using badwire::relay::relay_options;

namespace {

using RelayBundles = RelayTest;
using texts = std::vector<std::string>;

// Sends many datagrams in one system call, as the kernel's bundle.
class bundling_peer {
public:
    explicit bundling_peer(boost::asio::io_context& context, const endpoint& at = {loopback, 0})
        : socket_(context, at)
    {
    }

    // False where the kernel has no bundles.
    bool send(const std::string& all, int segment, const endpoint& to)
    {
        if (::setsockopt(socket_.native_handle(), SOL_UDP, UDP_SEGMENT, &segment, sizeof segment))
            return false;
        boost::system::error_code failed;
        socket_.send_to(boost::asio::buffer(all), to, 0, failed);
        return !failed;
    }

private:
    boost::asio::ip::udp::socket socket_;
};

// Different datagrams of one size; the last may be shorter.
std::string bundle_of(std::size_t bytes, std::size_t segment)
{
    std::string all(bytes, 'x');
    for (std::size_t at = 0; at < bytes; at += segment)
        all.replace(at, 4, std::to_string(1000 + at / segment));
    return all;
}

texts cut(const std::string& all, std::size_t segment)
{
    texts made;
    for (std::size_t at = 0; at < all.size(); at += segment)
        made.push_back(all.substr(at, segment));
    return made;
}

} // namespace

TEST_F(RelayBundles, ABundledDatagramMeetsTheFateOfASingleOne)
{
    relay_options options;
    options.link.up.loss = 0.3;
    options.link.up.corrupt.probability = 0.3;
    for (const auto delay : {0ms, 2ms}) {
        options.link.up.delay = {delay, delay};
        for (const std::size_t segment : {64u, 1200u, 4000u}) {
            const auto all = bundle_of(segment * 15 + 10, segment);
            relay through(context, options);
            const auto at = open(through, "client");
            bundling_peer client(context);
            if (!client.send(all, static_cast<int>(segment), at)) GTEST_SKIP() << "no UDP_SEGMENT";
            prediction predicted(options, "client");
            texts expected;
            for (const auto& text : cut(all, segment)) {
                const auto met = predicted.of(text);
                if (!met.dropped) expected.push_back(predicted.corrupted(text, met));
            }
            EXPECT_EQ(arrivals(through, 16), expected) << segment;
        }
    }
}

TEST_F(RelayBundles, DatagramsOfAnySizesKeepTheirBordersAndTheirOrder)
{
    texts sent;
    for (const std::size_t size : std::initializer_list<std::size_t>{
             0,    5,    5,    5,    4,    5,    0,    0,     1,     1,     1,
             1400, 1400, 1400, 1399, 9000, 9000, 200,  65507, 30000, 30000, 30000,
             300,  300,  0,    300,  2048, 2048, 2049, 2049,  256,   257})
        sent.push_back(bundle_of(size, size < 4 ? 100'000 : size).substr(0, size));
    for (int i = 0; i < 200; ++i) sent.push_back(std::to_string(1000 + i));
    for (const auto delay : {0ms, 3ms}) {
        relay_options options;
        options.link.up.delay = {delay, delay};
        relay through(context, options);
        const auto at = open(through);
        peer client(context);
        for (const auto& text : sent) client.send(text, at);
        EXPECT_EQ(arrivals(through, sent.size()), sent);
        EXPECT_EQ(through.count(direction::up).undeliverable, 0u);
    }
}

TEST_F(RelayBundles, RepliesToManyClientsFindTheirWay)
{
    const auto v6 = boost::asio::ip::make_address("::1");
    for (const auto& address : {loopback, v6}) {
        relay_options options;
        options.link.down.delay = {2ms, 2ms};
        relay through(context, options);
        endpoint at;
        try {
            at = through.open({address, 0}, server.address(), "");
        } catch (const boost::system::system_error&) {
            GTEST_SKIP() << "no IPv6 here";
        }
        std::vector<std::unique_ptr<peer>> clients;
        for (int i = 0; i < 5; ++i) {
            clients.push_back(std::make_unique<peer>(context, endpoint(address, 0)));
            clients.back()->send(std::to_string(i), at);
        }
        // The server answers each with a run of equal sizes.
        std::vector<texts> replies(clients.size());
        ASSERT_TRUE(run_until(context, [&] {
            while (auto text = server.receive())
                for (int i = 0; i < 50; ++i)
                    server.send(*text + ":" + std::to_string(100 + i), server.from());
            bool all = true;
            for (std::size_t i = 0; i < clients.size(); ++i) {
                while (auto text = clients[i]->receive()) replies[i].push_back(*text);
                all = all && replies[i].size() >= 50;
            }
            return all;
        }));
        for (std::size_t i = 0; i < clients.size(); ++i) {
            texts expected;
            for (int j = 0; j < 50; ++j)
                expected.push_back(std::to_string(i) + ":" + std::to_string(100 + j));
            EXPECT_EQ(replies[i], expected);
        }
    }
}

namespace {

// Writes down what it is shown.
struct recorder : packet_watcher {
    static int port(const sockaddr* of)
    {
        return ntohs(reinterpret_cast<const sockaddr_in*>(of)->sin_port);
    }
    static std::string text(const watched_packet& what)
    {
        return {reinterpret_cast<const char*>(what.payload.data()), what.payload.size()};
    }
    note offered(const watched_packet& what, const badwire::link::lane&,
                 const badwire::link::fate& met) override
    {
        offers.push_back(text(what));
        from.push_back(port(what.seen.from));
        to.push_back(port(what.seen.to));
        if (met.dropped) ++dropped;
        return std::make_shared<std::string>("note on " + text(what));
    }
    void left(const watched_packet& what, std::uint32_t copy, const note& said) override
    {
        departures.push_back(text(what) + "/" + std::to_string(copy) + "/" + *said);
        left_from.push_back(port(what.seen.from));
        left_to.push_back(port(what.seen.to));
    }
    void undeliverable(const watched_packet& what, std::uint32_t, const note&,
                       std::string_view reason) override
    {
        failures.push_back(text(what).substr(0, 4) + ": " + std::string(reason));
    }

    texts offers, departures, failures;
    std::vector<int> from, to, left_from, left_to;
    int dropped = 0;
};

} // namespace

TEST_F(RelayBundles, AWatcherIsShownWhatArrivesAndWhatLeavesAndTheRealAddresses)
{
    recorder seen;
    relay_options options;
    options.watcher = &seen;
    options.link.up.duplicate = {.probability = 1, .least = 1, .most = 1, .after = {}};
    relay through(context, options);
    const auto at = open(through);
    peer client(context);
    client.send("ping", at);
    ASSERT_TRUE(run_until(context, [&] {
        const auto text = server.receive();
        if (text && through.count(direction::down).offered == 0) server.send("pong", server.from());
        return client.receive().has_value();
    }));
    const int flow = server.from().port(), here = at.port(), there = server.address().port(),
              away = client.address().port();
    EXPECT_EQ(seen.offers.front(), "ping");
    EXPECT_EQ(seen.departures[0], "ping/0/note on ping");
    EXPECT_EQ(seen.departures[1], "ping/1/note on ping");
    EXPECT_EQ(seen.departures[2], "pong/0/note on pong");
    EXPECT_EQ(seen.from[0], away);
    EXPECT_EQ(seen.to[0], here);
    EXPECT_EQ(seen.left_from[0], flow);
    EXPECT_EQ(seen.left_to[0], there);
    EXPECT_EQ(seen.from[1], there);
    EXPECT_EQ(seen.to[1], flow);
    EXPECT_EQ(seen.left_from[2], here);
    EXPECT_EQ(seen.left_to[2], away);
}

TEST_F(RelayBundles, AWatcherHearsOfWhatIsDroppedAndOfWhatDoesNotFit)
{
    recorder seen;
    relay_options options;
    options.watcher = &seen;
    options.in_flight_bytes_max = 1000;
    options.link.up.mtu = 5000;
    options.link.up.delay = {1ms, 1ms};
    relay through(context, options);
    const auto at = open(through);
    peer client(context);
    client.send(std::string(6000, 'd'), at);
    client.send(std::string(4000, 'u'), at);
    client.send("fits", at);
    EXPECT_EQ(arrivals(through, 3), texts{"fits"});
    EXPECT_EQ(seen.offers.size(), 3u);
    EXPECT_EQ(seen.dropped, 1);
    EXPECT_EQ(seen.failures, texts{"uuuu: too many datagrams on their way"});
    EXPECT_EQ(seen.departures, texts{"fits/0/note on fits"});
}
