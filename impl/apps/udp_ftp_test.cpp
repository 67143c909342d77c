// FTP over datagrams through bad links in virtual time: the file's fate, and how fast it arrives.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "impl/apps/shared/program.hpp"
#include "impl/real/disk_files.hpp"
#include "sim/virtual/virtual_link.hpp"
#include "sim/virtual/virtual_network.hpp"

namespace badwire::apps {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::size_t header_bytes = 20; // of a framed datagram

struct outcome {
    int client = -1;
    int server = -1;
    bool identical = false;
    nlohmann::json sent; // metrics
    nlohmann::json received;
    std::string complaints;
};

std::string contents_of(const fs::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

struct FtpThroughALink : testing::Test {
    FtpThroughALink()
    {
        fs::create_directories(folder / "server");
        fs::create_directories(folder / "client");
    }
    ~FtpThroughALink() override { fs::remove_all(folder); }

    void make_payload(std::size_t bytes)
    {
        net::random_source random(7);
        payload.resize(bytes);
        for (char& byte : payload) byte = static_cast<char>(random.below(256));
        std::ofstream(folder / "client" / "payload", std::ios::binary) << payload;
    }

    outcome send(const link::link_options& asked, std::vector<std::string> options,
                 std::uint64_t seed = 1)
    {
        outcome result;
        sim::world world;
        const auto complain = [&](std::string_view text) { result.complaints += text; };
        net::disk_files server_files(folder / "server");
        net::disk_files client_files(folder / "client");
        sim::virtual_network server(
            world, server_files, 2 * seed, [](auto) {}, complain);
        sim::virtual_network client(
            world, client_files, 2 * seed + 1, [](auto) {}, complain);
        sim::virtual_link link(world, "wan", seed, asked, {});
        const auto entrance = link.open({net::asio::ip::address_v4::loopback(), 45010}, "client");
        options.insert(options.begin(), {"payload", "--port", std::to_string(entrance.port())});
        fs::remove_all(folder / "server" / "received");

        run(server, "udp-ftp-server", {"--once"}, result.server);
        run(client, "udp-ftp-client", options, result.client);
        world.run();
        result.identical = contents_of(folder / "server" / "received" / "payload") == payload;
        result.sent = nlohmann::json::parse(client.metrics().json());
        result.received = nlohmann::json::parse(server.metrics().json());
        return result;
    }

    static void run(net::network& network, const char* name, std::vector<std::string> options,
                    int& code)
    {
        net::asio::co_spawn(network.get_executor(),
                            run_program(*find_program(name), std::move(options), network),
                            [&code](std::exception_ptr, int exit) { code = exit; });
    }

    fs::path folder =
        fs::path(testing::TempDir()) /
        fmt::format("badwire-{}-{}", testing::UnitTest::GetInstance()->current_test_info()->name(),
                    getpid());
    std::string payload;
};

link::impairments constant(net::duration delay, double bits_per_second = 0,
                           std::uint64_t queue_packets = 1000)
{
    link::impairments made;
    made.delay = {delay, delay};
    made.rate.bits_per_second = bits_per_second;
    made.rate.queue_packets = queue_packets;
    return made;
}

link::link_options bad_weather()
{
    link::impairments each;
    each.loss = 0.2;
    each.reorder.probability = 0.1;
    each.reorder.most = 3;
    each.duplicate.probability = 0.05;
    each.corrupt.probability = 0.02;
    each.delay = {5ms, 5ms};
    return {each, each, {}, {}};
}

const char* const modes[] = {"stop-and-wait", "go-back-n", "selective-repeat"};

// Set BADWIRE_SEEDS=1000 and BADWIRE_BYTES=1048576 for a long run.
std::uint64_t from_environment(const char* name, std::uint64_t otherwise)
{
    const char* given = std::getenv(name);
    return given ? std::stoull(given) : otherwise;
}

TEST_F(FtpThroughALink, InBadWeatherEveryFileArrivesUnharmedInEveryMode)
{
    const std::uint64_t seeds = from_environment("BADWIRE_SEEDS", 50);
    make_payload(from_environment("BADWIRE_BYTES", 16 << 10));
    for (const char* mode : modes)
        for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
            SCOPED_TRACE(fmt::format("{}, seed {}", mode, seed));
            const outcome result = send(bad_weather(), {"--mode", mode}, seed);
            ASSERT_EQ(result.client, 0) << result.complaints;
            ASSERT_EQ(result.server, 0) << result.complaints;
            ASSERT_TRUE(result.identical);
        }
}

TEST_F(FtpThroughALink, AMebibyteArrivesUnharmedInBadWeatherInEveryMode)
{
    make_payload(1 << 20);
    for (const char* mode : modes) {
        SCOPED_TRACE(mode);
        const outcome result = send(bad_weather(), {"--mode", mode}, 1);
        EXPECT_EQ(result.client, 0) << result.complaints;
        EXPECT_TRUE(result.identical);
    }
}

// Textbooks' utilisation without loss: with a = propagation delay / transmission time of a unit,
// stop-and-wait uses 1 / (1 + 2a) of the link, and a window of N units min(1, N / (1 + 2a)).
TEST_F(FtpThroughALink, WithoutLossAWindowUsesOfTheLinkWhatTheorySays)
{
    constexpr std::size_t unit = 980;
    constexpr double bits_per_second = 8e6; // a unit takes 1 ms
    const double capacity = bits_per_second / 8 * unit / (unit + header_bytes);
    make_payload(unit * 2000);
    for (const char* mode : modes)
        for (const int window : {1, 4, 16, 41, 64}) {
            if ((mode == modes[0]) != (window == 1)) continue;
            for (const double a : {2.0, 20.0}) {
                SCOPED_TRACE(fmt::format("{}, window {}, a = {}", mode, window, a));
                const auto delay = std::chrono::microseconds(static_cast<int>(a * 1000));
                std::vector<std::string> options{"--mode", mode, "--unit", std::to_string(unit)};
                if (window > 1) options.insert(options.end(), {"--window", std::to_string(window)});
                const outcome result =
                    send({constant(delay, bits_per_second), constant(delay), {}, {}}, options);
                EXPECT_TRUE(result.identical);
                EXPECT_EQ(result.sent["retransmissions"], 0);
                const double used =
                    result.received["settled_goodput_bytes_per_s"].get<double>() / capacity;
                const double theory = std::min(1.0, window / (1 + 2 * a));
                EXPECT_NEAR(used / theory, 1, 0.05);
            }
        }
}

double share_of_the_capacity(const outcome& result, double bits_per_second)
{
    constexpr double unit = 1200;
    return result.received["settled_goodput_bytes_per_s"].get<double>() /
           (bits_per_second / 8 * unit / (unit + header_bytes));
}

TEST_F(FtpThroughALink, SelectiveRepeatFillsALossyLink)
{
    constexpr double bits_per_second = 20e6;
    make_payload(12 << 20);
    link::link_options asked{constant(25ms, bits_per_second), constant(25ms), {}, {}};
    asked.up.loss = 0.05;
    for (const double loss_down : {0.0, 0.05}) {
        SCOPED_TRACE(loss_down);
        asked.down.loss = loss_down;
        const outcome result = send(asked, {"--mode", "selective-repeat", "--unit", "1200"});
        EXPECT_TRUE(result.identical) << result.complaints;
        EXPECT_GE(share_of_the_capacity(result, bits_per_second), 0.9) << result.sent;
        EXPECT_GT(result.sent["fast_retransmissions"], result.sent["timeouts"]);
    }
}

TEST_F(FtpThroughALink, AWindowThatWouldOverflowTheQueueDoesNot)
{
    constexpr double bits_per_second = 20e6;
    make_payload(8 << 20);
    const link::link_options asked{constant(25ms, bits_per_second, 100), constant(25ms), {}, {}};
    for (const char* mode : {"go-back-n", "selective-repeat"}) {
        SCOPED_TRACE(mode);
        const outcome result = send(asked, {"--mode", mode, "--unit", "1200", "--window", "800"});
        EXPECT_TRUE(result.identical) << result.complaints;
        EXPECT_GE(share_of_the_capacity(result, bits_per_second), 0.95);
        EXPECT_EQ(result.sent["retransmissions"], 0);
    }
}

} // namespace
} // namespace badwire::apps
