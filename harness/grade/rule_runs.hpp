// rule_runs.hpp: what a worker does: builds a submission and makes the runs of the rules, in a folder of
// its own. What happened is written as lines of JSON, read here as well: who reads them believes nothing.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/grade/confinement.hpp"
#include "harness/grade/points.hpp"

namespace badwire::harness {

/// The work of one worker.
struct assignment {
    std::vector<std::filesystem::path>
        folders;                    // of the submission, or of the client and the server
    std::vector<std::size_t> rules; // in the rubric

    /// Two submissions talk to each other.
    bool meets() const { return folders.size() > 1; }
};

/// Copies what the assignment needs, then builds and runs. Both must outlive the task.
worker_task task_of(const rubric& by, const assignment& work);

/// One line of a worker.
struct worker_line {
    std::optional<std::string> build_failure;
    std::size_t rule = 0;
    rule_outcome outcome;
};

/// Throws std::runtime_error where it is no line that a worker writes, for this rubric.
worker_line read_line(std::string_view line, const rubric& by, const assignment& work);

/// How many runs count under a rule; of submissions that meet, one of each scenario.
std::uint64_t runs_of(const grading_rule& rule, bool meets);

/// Whether a client's and a server's implementation can take places in it.
bool has_two_sides(const scenario& what);

/// Processes by the players that take their places: who goes to another is a client, and where nobody
/// does, the first is.
std::map<std::string, player> two_sides(const scenario& what, const player& client,
                                        const player& server);

} // namespace badwire::harness
