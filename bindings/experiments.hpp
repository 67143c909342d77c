// experiments.hpp: search, shrink, certify, explain and mutate for the Python package, as the commands
// of these names do them. All return JSON; the package makes objects of it.
//
// All raise badwire.ScenarioError, badwire.HarnessError, ValueError where there is nothing to be
// shrunk, certified or explained, or the exception of a signal handler, once every run has ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bindings/runs.hpp"

namespace badwire::bindings {

/// What they have in common. `only`: combinations of the matrix, as --only takes them.
struct experiment {
    scenario_source source;
    std::string only;
    unsigned jobs = 1;
    std::string out; // a folder, for search and explain; empty: keep nothing
};

struct one_run {
    std::uint64_t seed = 1;
    std::optional<std::uint64_t> interleaving; // else the scenario's own
};

struct search_request {
    std::uint64_t seeds = 1000, first = 1, interleavings = 1;
};

struct certify_request {
    std::string faults; // "drop,delay=500ms"
    std::size_t at_most = 2, first = 20;
    std::optional<std::size_t> part; // only patterns that begin with this packet
};

std::string search(const experiment& of, const search_request& asked);
std::string shrink(const experiment& of, const one_run& run);
std::string certify(const experiment& of, const one_run& run, const certify_request& asked);
std::string explain(const experiment& of, const one_run& run);
std::string mutate(const std::vector<scenario_source>& of, std::uint64_t seeds, unsigned jobs);

} // namespace badwire::bindings
