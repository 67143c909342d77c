// expectation.hpp: what a scenario expects, and whether it came true.
#pragma once

#include <filesystem>
#include <string>

#include "harness/judge/record.hpp"
#include "harness/scenario/scenario.hpp"

namespace badwire::harness {

/// Throws mistake at `pointer` where the pattern is no regular expression (Perl syntax).
void check_regex(const std::string& pattern, const std::string& pointer);

/// True where a part of `text` matches.
bool regex_found(const std::string& pattern, std::string_view text);

/// Throws mistake for an expectation that says nothing or too much, or names what is not there.
void check_expectations(const scenario& what);

/// Judges a finished run; `folder` is where its files are.
std::vector<judgement> judge(const run_record& run, const std::filesystem::path& folder);

} // namespace badwire::harness
