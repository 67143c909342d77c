// command.hpp: runs one command to its end, or to a time limit: what builds an implementation.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/scenario/scenario.hpp"

namespace badwire::harness {

struct command_result {
    std::string why_not; // "it exited with 2", "it took longer than 60s"; empty: it did its job
    std::string output;  // the end of what it printed, with its errors
};

/// Runs it in `folder`, without input. At the time limit, it and its group are killed.
command_result run_command(const std::vector<std::string>& words,
                           const std::filesystem::path& folder, duration time_limit);

} // namespace badwire::harness
