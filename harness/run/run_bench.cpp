// Wall time of a scenario of one process beside a bare posix_spawn and wait of the same process, in
// the same run: what folders, pipes, supervision, the hunt for strays and judging add.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include <benchmark/benchmark.h>
#include <spawn.h>
#include <sys/wait.h>

#include "harness/run/runner.hpp"

extern char** environ;

using namespace badwire::harness;

namespace {

constexpr const char* process = "/bin/true";

void bare_spawn(benchmark::State& state)
{
    for (auto unused : state) {
        pid_t pid = 0;
        std::array<char*, 2> command{const_cast<char*>(process), nullptr};
        if (posix_spawn(&pid, process, nullptr, nullptr, command.data(), environ) != 0)
            state.SkipWithError("posix_spawn failed");
        waitpid(pid, nullptr, 0);
    }
}

void one_process_scenario(benchmark::State& state)
{
    const auto scenarios = parse_scenario(R"({"processes": {"only": {"command": ["/bin/true"]}}})",
                                          "one_process.json");
    runner runs({});
    const auto planned = plan(scenarios, {});
    for (auto unused : state)
        if (runs.run_one(planned.front()).verdict != verdict::pass)
            state.SkipWithError("the scenario failed");
}

BENCHMARK(bare_spawn)
    ->Name("posix_spawn and wait")
    ->UseRealTime()
    ->Repetitions(5)
    ->ReportAggregatesOnly();
BENCHMARK(one_process_scenario)
    ->Name("scenario of one process")
    ->UseRealTime()
    ->Repetitions(5)
    ->ReportAggregatesOnly();

// Keeps the medians, to print their difference and ratio.
class comparing_reporter : public benchmark::ConsoleReporter {
public:
    void ReportRuns(const std::vector<Run>& runs) override
    {
        ConsoleReporter::ReportRuns(runs);
        for (const Run& run : runs)
            if (run.aggregate_name == "median")
                (run.run_name.function_name == "posix_spawn and wait" ? bare_ms : scenario_ms) =
                    run.GetAdjustedRealTime() / 1e6;
    }
    double bare_ms = 1;
    double scenario_ms = 0;
};

} // namespace

int main(int argc, char** argv)
{
    set_badwire_executable(BADWIRE_COMMAND);
    benchmark::Initialize(&argc, argv);
    comparing_reporter reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    std::printf("ratio: scenario of one process / posix_spawn and wait = %.2f; %.2f ms over it "
                "(aim: at most 10 ms)\n",
                reporter.scenario_ms / reporter.bare_ms, reporter.scenario_ms - reporter.bare_ms);
}
