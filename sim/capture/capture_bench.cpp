// capture_bench.cpp: what a captured packet costs the thread that captures it. The file is
// /dev/null, because another thread writes to the disk.
#include <benchmark/benchmark.h>

#include "sim/capture/pcapng_writer.hpp"

namespace {

using namespace badwire::capture;

void append_packets(benchmark::State& state, std::string_view comment)
{
    pcapng_writer writer("/dev/null");
    const auto wan = writer.add_link("wan");
    const endpoint from(boost::asio::ip::make_address("127.0.0.1"), 40000);
    const endpoint to(boost::asio::ip::make_address("127.0.0.1"), 5000);
    const std::string payload(static_cast<std::size_t>(state.range(0)), 'x');
    std::chrono::nanoseconds now{0};
    for (auto _ : state)
        writer.packet(wan.client, from, to, std::as_bytes(std::span(payload)),
                      now += std::chrono::microseconds(1), comment);
    state.SetItemsProcessed(state.iterations());
}

void untouched(benchmark::State& state) { append_packets(state, {}); }
void explained(benchmark::State& state)
{
    append_packets(state, "dropped by loss: asked 0.05, drawn 0.0123 (up, flow 1, packet 17)");
}

BENCHMARK(untouched)->Arg(64)->Arg(1400);
BENCHMARK(explained)->Arg(64)->Arg(1400);

} // namespace

BENCHMARK_MAIN();
