// mutate.hpp: how good scenarios are at finding bugs: well-known ones (impl/wire/flaw.hpp) are planted in
// the programs that they run, one at a time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/lab/laboratory.hpp"
#include "impl/wire/flaw.hpp"

namespace badwire::harness {

/// A program with one bug, and the first run that failed because of it.
struct mutant {
    std::string program;
    wire::flaw flaw = wire::flaw::none;
    std::size_t tried = 0; // how many scenarios run the program
    const scenario* caught_by = nullptr;
    std::uint64_t seed = 0;
    std::string kind{}; // of the failure
};

struct mutation_options {
    std::uint64_t seeds = 20;
    unsigned jobs = 1;
    const std::atomic<bool>* cancelled = nullptr;
    work_watcher watcher{};
};

struct mutation_score {
    std::vector<mutant> mutants;           // by program, in the catalogue's order
    std::vector<const scenario*> left_out; // they fail without any bug
    std::size_t caught() const;
};

/// The scenario with that bug in all processes that run the program.
scenario planted(scenario what, const std::string& program, wire::flaw flaw);

/// Runs every scenario with every bug of its programs and each seed from 1 on, until a run fails.
mutation_score mutate(const std::vector<const scenario*>& scenarios,
                      const mutation_options& options);

json to_json(const mutation_score& score);

} // namespace badwire::harness
