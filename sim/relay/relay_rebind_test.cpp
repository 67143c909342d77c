// A NAT on the relay's path: clients get new ports, and datagrams to the old ones are lost.
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "sim/relay/udp_relay_for_tests.hpp"

using namespace badwire::relay::testing;
using namespace std::chrono_literals;
using badwire::link::cause;
using badwire::link::direction;
using badwire::relay::endpoint;
using badwire::relay::relay;
using badwire::relay::relay_options;

namespace {

struct RelayRebindTest : RelayTest {
    relay_options options;
    std::string trace;

    RelayRebindTest()
    {
        options.trace = [this](std::string_view line) { trace.append(line) += '\n'; };
    }

    // The client's address as the server sees it with this message.
    endpoint hears(peer& client, const endpoint& at, const std::string& text)
    {
        client.send(text, at);
        std::optional<std::string> came;
        EXPECT_TRUE(run_until(context, [&] { return (came = server.receive()).has_value(); }));
        EXPECT_EQ(came, text);
        return server.from();
    }
    static std::uint64_t lost_at_old_ports(const relay& through)
    {
        return through.count(direction::down).dropped_by[static_cast<std::size_t>(cause::rebind)];
    }
};

} // namespace

TEST_F(RelayRebindTest, AClientThatWasSilentComesBackFromANewPortAndTheOldOneLeadsNowhere)
{
    constexpr auto idle = 200ms;
    options.link.up.rebind.after_idle = options.link.down.rebind.after_idle = idle;
    relay through(context, options);
    const auto at = open(through);
    peer client(context);
    const auto first = hears(client, at, "one");

    std::this_thread::sleep_for(idle);
    server.send("too late", first);
    ASSERT_TRUE(run_until(context, [&] { return lost_at_old_ports(through) == 1; }));
    const auto second = hears(client, at, "two");
    EXPECT_NE(second, first);
    server.send("to the old port", first);
    server.send("to the new port", second);
    ASSERT_TRUE(run_until(context, [&] { return lost_at_old_ports(through) >= 2; }));
    EXPECT_EQ(through.count(direction::up).rebound, 1u);
    EXPECT_NE(trace.find(R"("rebound":true)"), std::string::npos) << trace;
    EXPECT_NE(trace.find(R"("fate":"dropped","rule":"rebind")"), std::string::npos) << trace;
    // On a machine that was busy for so long, the NAT may have forgotten the client once more.
    if (through.count(direction::down).delivered == 1) {
        EXPECT_EQ(client.receive(), "to the new port");
    }
}

TEST_F(RelayRebindTest, ManyThatArriveAtOnceShareTheNewPort)
{
    options.link.up.rebind.at = {50ms};
    relay through(context, options);
    const auto at = open(through);
    peer client(context);
    const auto first = hears(client, at, "before");
    std::this_thread::sleep_for(60ms);
    for (int i = 0; i < 20; ++i) client.send(numbered(i), at);
    std::set<endpoint> seen;
    int heard = 0;
    ASSERT_TRUE(run_until(context, [&] {
        for (; server.receive(); ++heard) seen.insert(server.from());
        return heard == 20;
    }));
    EXPECT_EQ(seen.size(), 1u);
    EXPECT_FALSE(seen.contains(first));
    EXPECT_EQ(through.count(direction::up).rebound, 1u);
}

TEST_F(RelayRebindTest, ARunningRelayCanBeGivenANat)
{
    relay through(context, options);
    const auto at = open(through);
    peer client(context);
    const auto first = hears(client, at, "one");
    badwire::link::impairments asked;
    asked.rebind.at = {through.now()};
    through.change(direction::up, asked);
    EXPECT_EQ(hears(client, at, "two"), first) << "since when it is silent is not known";
    asked.rebind.at = {through.now()};
    through.change(direction::up, asked);
    EXPECT_NE(hears(client, at, "three"), first);
}
