// Virtual events per second, compared with a bare binary-heap event loop that resumes raw
// coroutines, in the same run: shows what the seam, Asio's coroutines and cancellable events cost.
#include <algorithm>
#include <coroutine>
#include <cstdio>
#include <queue>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/asio/co_spawn.hpp>

#include "impl/real/disk_files.hpp"
#include "sim/virtual/virtual_network.hpp"

using namespace badwire;

namespace {

constexpr int pending = 1000;
constexpr int rounds = 1000;

// The reference: only a heap of (time, sequence, coroutine).
class bare_loop {
public:
    struct task {
        struct promise_type {
            task get_return_object()
            {
                return {std::coroutine_handle<promise_type>::from_promise(*this)};
            }
            std::suspend_always initial_suspend() noexcept { return {}; }
            std::suspend_never final_suspend() noexcept { return {}; }
            void return_void() {}
            void unhandled_exception() { std::terminate(); }
        };
        std::coroutine_handle<promise_type> handle;
    };

    struct sleep {
        bare_loop& loop;
        std::int64_t delay;
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> waiting) { loop.schedule(delay, waiting); }
        void await_resume() const {}
    };

    void schedule(std::int64_t delay, std::coroutine_handle<> what)
    {
        heap_.push({now_ + delay, sequence_++, what});
    }

    std::uint64_t run()
    {
        std::uint64_t events = 0;
        for (; !heap_.empty(); ++events) {
            const entry next = heap_.top();
            heap_.pop();
            now_ = next.when;
            next.what.resume();
        }
        return events;
    }

private:
    struct entry {
        std::int64_t when;
        std::uint64_t sequence;
        std::coroutine_handle<> what;
        bool operator>(const entry& other) const
        {
            return when != other.when ? when > other.when : sequence > other.sequence;
        }
    };
    std::priority_queue<entry, std::vector<entry>, std::greater<>> heap_;
    std::int64_t now_ = 0;
    std::uint64_t sequence_ = 0;
};

bare_loop::task tick(bare_loop& loop, std::int64_t period)
{
    for (int i = 0; i < rounds; ++i) co_await bare_loop::sleep{loop, period};
}

void bare(benchmark::State& state)
{
    std::uint64_t events = 0;
    for (auto unused : state) {
        bare_loop loop;
        for (int i = 0; i < pending; ++i) loop.schedule(0, tick(loop, 1000 + i).handle);
        events += loop.run();
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(events));
}

net::awaitable<void> tick(net::network& network, net::duration period)
{
    net::timer timer = network.make_timer();
    for (int i = 0; i < rounds; ++i) {
        timer.expires_after(period);
        co_await timer.async_wait();
    }
}

void seam(benchmark::State& state)
{
    std::uint64_t events = 0;
    for (auto unused : state) {
        sim::world world;
        net::disk_files files(".");
        sim::virtual_network network(world, files, 1, {}, {});
        for (int i = 0; i < pending; ++i)
            boost::asio::co_spawn(network.get_executor(), tick(network, net::duration(1000 + i)),
                                  [](std::exception_ptr) {});
        world.run();
        events += world.events();
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(events));
}

BENCHMARK(bare)->Name("bare heap of coroutines")->Repetitions(5)->ReportAggregatesOnly();
BENCHMARK(seam)->Name("timers of the virtual network")->Repetitions(5)->ReportAggregatesOnly();

// Keeps the medians, to print their ratio.
class ratio_reporter : public benchmark::ConsoleReporter {
public:
    void ReportRuns(const std::vector<Run>& runs) override
    {
        ConsoleReporter::ReportRuns(runs);
        for (const Run& run : runs)
            if (run.aggregate_name == "median") {
                const double rate = run.counters.at("items_per_second");
                (run.run_name.function_name == "bare heap of coroutines" ? bare_rate : seam_rate) =
                    rate;
            }
    }
    double bare_rate = 1;
    double seam_rate = 0;
};

} // namespace

int main(int argc, char** argv)
{
    benchmark::Initialize(&argc, argv);
    ratio_reporter reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    std::printf("ratio: virtual events per second / bare heap loop = %.2f (aim: at least 0.30)\n",
                reporter.seam_rate / reporter.bare_rate);
}
