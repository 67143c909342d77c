// output.hpp: the folder that `badwire run --out` and `badwire report` write.
#pragma once

#include <filesystem>

#include "harness/scenario/scenario.hpp"

namespace badwire::harness {

/// Makes the folder and removes the runs/ and reports of an earlier run from it. Throws
/// net::failure when the folder exists but was not written by badwire.
void prepare_output(const std::filesystem::path& folder);

/// Writes results.json, junit.xml and report.html. Throws net::failure.
void write_output(const std::filesystem::path& folder, const json& results);

/// Writes junit.xml and report.html again from the folder's results.json. Throws net::failure.
void rewrite_reports(const std::filesystem::path& folder);

} // namespace badwire::harness
