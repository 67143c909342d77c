// runs.hpp: checks and runs scenarios for the Python package, which turns JSON into objects.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/scenario/scenario.hpp"

namespace badwire::bindings {

/// Where a scenario comes from: a file, or `text` (JSON), for which `file` is only a name.
struct scenario_source {
    std::string file;
    std::optional<std::string> text;
};

/// Throws mistake. With `if_it_is_one`, JSON of another kind gives no scenario.
std::vector<harness::scenario> load(const scenario_source& source, bool if_it_is_one = false);

/// A text gets a file in the folder of the results, if there is one, to be replayed from.
scenario_source with_a_file(scenario_source source, const std::string& out);
/// Writes the text into that file, once the folder is there.
void write_beside(const scenario_source& source, const std::string& out);

/// As JSON, which is UTF-8; what processes printed may not be.
std::string to_text(const harness::json& results);

struct run_request {
    std::string network{}; // empty: the scenario's own
    std::optional<std::uint64_t> seed{};
    std::optional<std::uint64_t> repeat{};
    unsigned jobs = 1;
    std::string out{}; // empty: keep nothing
    bool strict = false;
    std::string only{}; // combinations of the matrix, as --only takes them
};

/// Checks every combination of the scenario; starts nothing. Raises badwire.ScenarioError.
void check(const scenario_source& source);

/// The runs that would be made, as a JSON list of their title, tags, matrix, network and seed, and
/// whether waiting is held against theory. With `if_it_is_one`, JSON of another kind than scenarios is no mistake and gives an empty list. Starts
/// nothing. Raises badwire.ScenarioError.
std::string plan(const scenario_source& source, const run_request& request, bool if_it_is_one);

/// Makes the runs and returns results.json; `cancelled` ends them early. Raises badwire.ScenarioError, badwire.HarnessError, or
/// the exception of a signal handler, once every process has ended.
std::string run(const scenario_source& source, const run_request& request,
                std::atomic<bool>& cancelled);

} // namespace badwire::bindings
