// runner.hpp: makes runs out of scenarios, many at once, and collects what happened.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/judge/record.hpp"
#include "harness/run/guard.hpp"
#include "harness/run/run_folder.hpp"
#include "harness/scenario/selection.hpp"
#include "sim/link/packet_watcher.hpp"

namespace badwire::harness {

class run_watcher;

struct runner_options {
    std::vector<network_kind> networks{};        // none: the scenario's own
    std::optional<std::uint64_t> seed{};         // else the scenario's own
    std::optional<std::uint64_t> interleaving{}; // else the scenario's own
    std::optional<std::uint64_t> repeat{};       // else the scenario's own
    selection only{};                            // combinations of the matrix
    bool strict = false; // a pass in which something asked of a link did nothing is a failure
    unsigned jobs = 1;
    bool fail_fast = false;      // begin no further run once one has failed
    std::filesystem::path out{}; // keep each run's folder below it; empty: keep nothing
    bool in_memory = false;      // what is not kept need not be on a disk: sooner done
    const std::atomic<bool>* cancelled = nullptr;
    /// All children of this process are the runs' own: processes that left their group, their
    /// session and their environment are found, too, once no other run goes on.
    bool owns_children = false;
};

/// One run still to make.
struct planned_run {
    const scenario* what;
    network_kind network;
    std::uint64_t seed;
    std::uint64_t repeat;
    std::string folder_name;                 // "0001-waiting-virtual", unique among the planned
    link::packet_watcher* watcher = nullptr; // shown every packet, in a capture's stead; not owned
    std::optional<std::uint64_t> interleaving{}; // else the scenario's own
    run_watcher* onlooker = nullptr;             // not owned
};

/// What is to be run: every scenario on each of its networks, repeat times with seed, seed + 1, ….
/// `scenarios` must outlive it. Throws mistake where a scenario cannot run on the network asked
/// for.
std::vector<planned_run> plan(const std::vector<scenario>& scenarios,
                              const runner_options& options);

/// The repetitions that are still missing for the precision that a scenario wants of its theory, as
/// far as can be told from the runs made; none where options.repeat says how many there are to be.
std::vector<planned_run> plan_more(std::span<const run_record> made, const runner_options& options);

/// Told of every run when it begins (null) and when it has ended; one call at a time.
using progress_watcher = std::function<void(const planned_run& run, const run_record* ended)>;

/// Makes runs. Thread-safe after construction.
class runner {
public:
    explicit runner(runner_options options);

    /// Makes all runs, options.jobs at a time; in the planned order. Runs that were not begun when
    /// the runner was cancelled, or one failed that is to be the last, are left out.
    std::vector<run_record> run_all(const std::vector<planned_run>& runs,
                                    const progress_watcher& watcher);

    /// Makes one run; never throws: what goes wrong in the harness is the verdict error.
    run_record run_one(const planned_run& what);

private:
    void perform(run_record& record, const planned_run& planned,
                 const std::filesystem::path& folder);
    void leave();

    runner_options options_;
    temporary_folder scratch_;
    std::unique_ptr<guard> guard_;
    std::once_flag guard_started_;
    std::atomic<unsigned> next_mark_{0};
    std::mutex going_on_;
    unsigned active_ = 0; // runs
    std::atomic<int> guard_pid_{0};
};

/// The whole of results.json.
json results_json(const std::vector<run_record>& runs, duration wall);
/// The same of entries for each run.
json results_json(json entries, duration wall);

} // namespace badwire::harness
