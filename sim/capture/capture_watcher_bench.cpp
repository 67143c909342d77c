// capture_watcher_bench.cpp: what a capture costs the carrier's thread for a datagram, from its
// offer to its departure: two packets in the file, explained where something happened.
#include <benchmark/benchmark.h>

#include "sim/capture/capture_watcher.hpp"

namespace {

using namespace badwire;
using namespace std::chrono_literals;

void watch(benchmark::State& state, const link::impairments& asked)
{
    capture::pcapng_writer into("/dev/null");
    capture::capture_watcher watcher(into, "wan");
    const auto loopback = boost::asio::ip::make_address("127.0.0.1");
    const capture::endpoint client(loopback, 40000), server(loopback, 5000);
    const std::string payload(static_cast<std::size_t>(state.range(0)), 'x');
    link::lane lane(1, "wan", link::direction::up, asked);
    link::flow& flow = lane.open_flow("1");
    link::watched_packet what{.which = link::direction::up,
                              .seen = {client.data(), server.data()},
                              .payload = std::as_bytes(std::span(payload)),
                              .time = 0ns};
    const link::fate met = lane.decide(flow, what.payload, what.time);
    for (auto _ : state) {
        what.time += 1us;
        const auto said = watcher.offered(what, lane, met);
        if (!met.dropped) watcher.left(what, 0, said);
    }
}

void untouched(benchmark::State& state) { watch(state, {}); }
void dropped(benchmark::State& state)
{
    link::impairments asked;
    asked.loss = 1;
    watch(state, asked);
}
void delayed(benchmark::State& state)
{
    link::impairments asked;
    asked.delay = {5ms, 5ms};
    watch(state, asked);
}
void delayed_uniformly(benchmark::State& state)
{
    link::impairments asked;
    asked.delay = {5ms, 9ms};
    watch(state, asked);
}

BENCHMARK(untouched)->Arg(64)->Arg(1400);
BENCHMARK(dropped)->Arg(64);
BENCHMARK(delayed)->Arg(64);
BENCHMARK(delayed_uniformly)->Arg(64);

} // namespace

BENCHMARK_MAIN();
