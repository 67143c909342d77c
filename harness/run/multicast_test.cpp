// The election of whole programs in virtual time, over a link that loses for each receiver.
#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include "impl/apps/shared/program.hpp"
#include "impl/real/disk_files.hpp"
#include "sim/virtual/multicast_hub.hpp"
#include "sim/virtual/virtual_network.hpp"

using namespace badwire;
using namespace std::chrono_literals;

namespace {

constexpr int electorates = 5;

struct voter {
    std::string output;
    int exit = -1;
    std::unique_ptr<sim::virtual_network> network;
};

net::udp::endpoint group_of(int number)
{
    return {net::asio::ip::address_v4({239, 0, 0, static_cast<std::uint8_t>(number + 1)}), 6010};
}

// What each of the five printed as the tally; empty where one did not finish.
std::vector<std::string> hold(std::uint64_t seed, double loss)
{
    link::link_options asked;
    asked.down.loss = loss;
    sim::world world;
    net::disk_files files{"."};
    sim::virtual_link wan(world, "wan", seed, asked, {});
    sim::multicast_hub hub(world);
    std::vector<voter> voters(electorates);
    for (int i = 0; i < electorates; ++i) {
        voter& one = voters[static_cast<std::size_t>(i)];
        hub.add(fmt::format("voter-{}", i + 1), group_of(i), &wan);
        one.network = std::make_unique<sim::virtual_network>(
            world, files, seed * electorates + static_cast<std::uint64_t>(i),
            [&one](std::string_view text) { one.output += text; }, [](std::string_view) {});
        const bool for_a = (seed >> i & 1) != 0;
        net::asio::co_spawn(world.get_executor(),
                            apps::run_program(*apps::find_program("multicast-election"),
                                              {"--group", group_of(i).address().to_string(),
                                               "--vote", for_a ? "A" : "B", "--timeout", "60s"},
                                              *one.network),
                            [&one](std::exception_ptr, int exit) { one.exit = exit; });
    }
    world.run();
    std::vector<std::string> tallies;
    for (const voter& one : voters) {
        const auto at = one.output.find("Tally: ");
        const bool told = one.exit == 0 && at != std::string::npos;
        tallies.push_back(told ? one.output.substr(at + 7, 8) : "");
    }
    return tallies;
}

} // namespace

TEST(Multicast, FiveElectoratesAgreeAtThirtyPercentLossWithAThousandSeeds)
{
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        const int for_a = __builtin_popcountll(seed & 31);
        const auto expected = fmt::format("A {}, B {}", for_a, electorates - for_a);
        for (const auto& tally : hold(seed, 0.3)) ASSERT_EQ(tally, expected);
    }
}
