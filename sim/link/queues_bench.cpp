// What a packet costs at the bottleneck: tail drop, a token bucket and each AQM, with a queue that is
// always full of work: everything comes in pairs, at twice the rate.
#include <benchmark/benchmark.h>

#include "sim/link/bottleneck.hpp"
#include "sim/link/keyed_hash.hpp"

using namespace badwire::link;

namespace {

constexpr duration apart = std::chrono::microseconds(400); // 1000 bytes at 10 Mbit/s take 800

rate_model narrow(std::uint64_t burst_bytes = 0)
{
    rate_model asked;
    asked.bits_per_second = 10e6;
    asked.burst_bytes = burst_bytes;
    return asked;
}

void tail_drop(benchmark::State& state, const rate_model& asked)
{
    bottleneck tested;
    tested.set(asked);
    duration now{0};
    for (auto _ : state) benchmark::DoNotOptimize(tested.admit(1000, now += apart));
}
BENCHMARK_CAPTURE(tail_drop, plain, narrow());
BENCHMARK_CAPTURE(tail_drop, token_bucket, narrow(32768));

struct guest final : queue_guest {
    void served(const outcome& what) override { benchmark::DoNotOptimize(what.transmitted); }
    const void* owner() const override { return nullptr; }
};

void managed(benchmark::State& state, const aqm_model& asked)
{
    bottleneck tested;
    tested.set(narrow(), asked);
    duration now{0};
    std::uint64_t number = 0;
    for (auto _ : state) {
        ++number;
        tested.enter({.bytes = 1000,
                      .flow = number % 8,
                      .drawn = draw(1, rule::pie, number, 0),
                      .guest = std::make_unique<guest>()},
                     now += apart);
    }
}
BENCHMARK_CAPTURE(managed, codel, aqm_model::codel());
BENCHMARK_CAPTURE(managed, fq_codel, aqm_model::fq_codel());
BENCHMARK_CAPTURE(managed, pie, aqm_model::pie());

} // namespace

BENCHMARK_MAIN();
