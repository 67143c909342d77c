// Stop-and-wait on loopback, compared with the least that any such protocol costs: a bare, blocking
// UDP ping-pong of the same sizes between two threads, in the same run. Prints the ratio twice: by
// the clock, which means something only on an idle machine, and by the processor time of both ends.
#include <array>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "impl/apps/shared/program.hpp"
#include "impl/real/real_network.hpp"
#include "impl/wire/transfer.hpp"

namespace {

using namespace badwire;
namespace fs = std::filesystem;

constexpr std::size_t unit_size = 100;
constexpr std::size_t units = 20'000;

struct blocking_socket {
    blocking_socket()
    {
        sockaddr_in local{};
        local.sin_family = AF_INET;
        local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        if (bind(descriptor, reinterpret_cast<sockaddr*>(&local), sizeof local) != 0 ||
            getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0)
            std::abort();
    }
    blocking_socket(const blocking_socket&) = delete;
    blocking_socket& operator=(const blocking_socket&) = delete;
    ~blocking_socket() { close(descriptor); }

    void send(std::size_t size, const sockaddr_in& to)
    {
        sendto(descriptor, buffer.data(), size, 0, reinterpret_cast<const sockaddr*>(&to),
               sizeof to);
    }
    void receive() { recvfrom(descriptor, buffer.data(), buffer.size(), 0, nullptr, nullptr); }

    int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in address{};
    std::array<char, 2048> buffer{};
};

void bare_ping_pong(benchmark::State& state)
{
    for (auto _ : state) {
        blocking_socket here;
        blocking_socket there;
        std::thread peer([&] {
            for (std::size_t i = 0; i < units; ++i) {
                there.receive();
                there.send(wire::transfer_header_size, here.address);
            }
        });
        for (std::size_t i = 0; i < units; ++i) {
            here.send(wire::transfer_header_size + unit_size, there.address);
            here.receive();
        }
        peer.join();
    }
    state.counters["units"] = benchmark::Counter(static_cast<double>(units),
                                                 benchmark::Counter::kIsIterationInvariantRate);
}

// Runs a program to its end on a network of its own.
int run(const char* name, std::vector<std::string> arguments, const fs::path& folder)
{
    net::asio::io_context context(1);
    net::real_network network(context, folder, 1);
    int code = -1;
    net::asio::co_spawn(context,
                        apps::run_program(*apps::find_program(name), std::move(arguments), network),
                        [&](std::exception_ptr, int result) { code = result; });
    context.run();
    return code;
}

void stop_and_wait(benchmark::State& state)
{
    const fs::path folder = fs::temp_directory_path() / fmt::format("badwire-bench-{}", getpid());
    fs::create_directories(folder);
    std::ofstream(folder / "file", std::ios::binary) << std::string(units * unit_size, 'x');
    std::uint16_t port = 0;
    {
        blocking_socket probe; // a port that is free now
        port = ntohs(probe.address.sin_port);
    }
    const std::vector<std::string> where{"--port", std::to_string(port)};
    for (auto _ : state) {
        auto server_arguments = where;
        server_arguments.push_back("--once");
        auto client_arguments = where;
        client_arguments.push_back("file");
        int served = -1;
        std::thread server([&] { served = run("udp-ftp-server", server_arguments, folder); });
        const int sent = run("udp-ftp-client", client_arguments, folder);
        server.join();
        if (served != 0 || sent != 0) state.SkipWithError("the transfer failed");
    }
    fs::remove_all(folder);
    state.counters["units"] = benchmark::Counter(static_cast<double>(units),
                                                 benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK(bare_ping_pong)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(stop_and_wait)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMillisecond);

// Remembers the best time of each, to compare them.
struct ratio_reporter : benchmark::ConsoleReporter {
    struct cost {
        double real = 1e9;
        double cpu = 1e9;
    };

    void ReportRuns(const std::vector<Run>& runs) override
    {
        ConsoleReporter::ReportRuns(runs);
        for (const Run& each : runs) {
            if (each.run_type != Run::RT_Iteration || each.error_occurred) continue;
            cost& best = each.benchmark_name().starts_with("bare") ? bare : ours;
            best.real = std::min(best.real, each.GetAdjustedRealTime());
            best.cpu = std::min(best.cpu, each.GetAdjustedCPUTime());
        }
    }

    cost bare;
    cost ours;
};

} // namespace

int main(int argc, char** argv)
{
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    ratio_reporter reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    std::cout << fmt::format("stop-and-wait / bare ping-pong, units per second: {:.2f} by the "
                             "clock, {:.2f} by processor time (best of each)\n",
                             reporter.bare.real / reporter.ours.real,
                             reporter.bare.cpu / reporter.ours.cpu);
    return 0;
}
