// files.hpp: the scenarios that a command line names.
#pragma once

#include <string>
#include <vector>

#include "harness/scenario/scenario.hpp"

namespace badwire::harness {

/// A file of this name says that `badwire run --out` writes into its folder: no scenarios are there.
inline constexpr const char* output_marker = ".badwire-out";

/// Loads every scenario file among `paths`, and every *.json below each folder among them, in order
/// of name. With a tag, only scenarios that have it; those tagged "slow" are loaded only when that
/// tag is asked for or the file is named itself. Prints every mistake on standard error, one line
/// each; returns nothing when there was one.
std::optional<std::vector<scenario>> load_scenarios(const std::vector<std::string>& paths,
                                                    const std::string& tag);

} // namespace badwire::harness
