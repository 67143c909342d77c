// runs.hpp: checks and runs scenarios for the Python package, which turns JSON into objects.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace badwire::bindings {

/// Where a scenario comes from: a file, or `text` (JSON), for which `file` is only a name.
struct scenario_source {
    std::string file;
    std::optional<std::string> text;
};

struct run_request {
    std::string network; // empty: the scenario's own
    std::optional<std::uint64_t> seed;
    std::optional<std::uint64_t> repeat;
    unsigned jobs = 1;
    std::string out; // empty: keep nothing
    bool strict = false;
    std::string only; // combinations of the matrix, as --only takes them
};

/// Checks every combination of the scenario; starts nothing. Raises badwire.ScenarioError.
void check(const scenario_source& source);

/// Makes the runs and returns results.json. Raises badwire.ScenarioError, badwire.HarnessError, or
/// the exception of a signal handler, once every process has ended.
std::string run(const scenario_source& source, const run_request& request);

} // namespace badwire::bindings
