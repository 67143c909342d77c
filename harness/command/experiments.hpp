// experiments.hpp: what search, shrink, certify and explain have in common: one scenario in virtual
// time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/command/status_line.hpp"
#include "harness/lab/laboratory.hpp"
#include "harness/run/runner.hpp"
#include "harness/scenario/selection.hpp"
#include "impl/base/command_line.hpp"

namespace badwire::harness {

/// --only
void describe_selection(command_line& command, selection& into);

struct experiment_options {
    std::string scenario; // its file
    selection only;
    unsigned jobs = 1;
    std::string out;
    std::string scheduler; // of dask.distributed, where workers make the runs
    bool quiet = false;    // no status line
};

/// SCENARIO, --only, --jobs and --quiet.
void describe(command_line& command, experiment_options& into);

/// --quiet
void describe_quiet(command_line& command, bool& into);

/// What a laboratory tells, in the terminal's status line. The line must outlive it.
work_watcher shown_in(status_line& line);

/// --scheduler
void describe_scheduler(command_line& command, experiment_options& into);
/// Becomes the Python package's command of the same words, which knows Dask. Returns if it cannot.
int spread_over_workers();

/// The combinations that are meant. Prints on standard error why there are none: nothing then.
std::optional<std::vector<scenario>> load_combinations(const experiment_options& asked);
/// The one that is meant, where there must be one.
std::optional<scenario> load_combination(const experiment_options& asked);

/// Writes JSON into a file, whole or not at all; what is no regular file is written to, never
/// replaced. Throws net::failure.
void write_json(const std::filesystem::path& file, const json& content);

/// "demo/x.json" becomes "demo/x-ENDING.json": a file beside the scenario, which may name others.
std::string beside(const scenario& what, const std::string& ending);

} // namespace badwire::harness
