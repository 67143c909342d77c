// judge.hpp: judges whether what a scenario expects came true.
#pragma once

#include <filesystem>
#include <vector>

#include "harness/judge/record.hpp"

namespace badwire::harness {

/// Judges a finished run; `folder` is where its files are.
std::vector<judgement> judge(const run_record& run, const std::filesystem::path& folder);

} // namespace badwire::harness
