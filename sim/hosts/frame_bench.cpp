// frame_bench.cpp: what a frame of 1,500 bytes costs the thread that forwards it, before a link decides.
#include <benchmark/benchmark.h>

#include "sim/hosts/frame_changes.hpp"
#include "sim/hosts/frames_for_tests.hpp"
#include "sim/hosts/segments.hpp"

namespace {

using namespace badwire::hosts;
using namespace badwire::hosts::for_tests;

bytes_of full_segment()
{
    return tcp(v4_ends(), {.sequence = 1, .flags = 16}, std::string(1448, 'x'),
               from_hex("0101 080a 12345678 9abcdef0"));
}

void parsed(benchmark::State& state)
{
    const bytes_of bytes = full_segment();
    for (auto _ : state) benchmark::DoNotOptimize(parse_frame(bytes));
}

void told_apart(benchmark::State& state)
{
    bytes_of bytes = full_segment();
    segment_tracker tracker;
    std::uint32_t sequence = 0;
    for (auto _ : state) {
        badwire::store_big(std::span(bytes), 38, sequence += 1448);
        benchmark::DoNotOptimize(tracker.next(bytes, parse_frame(bytes)));
    }
}

void sent_elsewhere(benchmark::State& state)
{
    bytes_of bytes = full_segment();
    frame parsed = parse_frame(bytes);
    for (auto _ : state) set_destination(bytes, parsed, v4_ends().to);
}

} // namespace

BENCHMARK(parsed);
BENCHMARK(told_apart);
BENCHMARK(sent_elsewhere);
BENCHMARK_MAIN();
