// verified_runs.hpp: badwire run --verify: every run a second time, and nothing may differ.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "harness/run/runner.hpp"

namespace badwire::harness {

/// Makes the runs once more, in the folder where they were made and kept, and compares all that is
/// left of them: results, packets, logs, files. The second ones are kept. Prints what it comes to,
/// and puts "repeatable" into each entry of `results` ("runs" of results.json). Returns whether all
/// are the same. `runs` must be runs in virtual time, `again` makes them.
bool verify_runs(const std::vector<planned_run>& runs, const std::vector<run_record>& records,
                 const std::filesystem::path& folder,
                 const std::function<std::vector<run_record>()>& again, json& results);

} // namespace badwire::harness
