// selection.hpp: which combinations of a matrix are meant: "loss=0.05,window=8".
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/scenario/scenario.hpp"

namespace badwire::harness {

/// Parameters and the values that they must have, as text. Empty: every combination is meant.
using selection = std::vector<std::pair<std::string, std::string>>;

/// A comma separates two parameters where a name and = follow it. Throws mistake.
selection parse_selection(std::string_view text);

/// What parse_selection reads as this combination of a matrix; empty without a matrix.
std::string to_selection(const json& combination);

/// Whether this combination is meant.
bool is_selected(const scenario& one, const selection& by);

/// Throws mistake if no scenario is meant: names what there is.
void check_selection(const std::vector<scenario>& among, const selection& by);

} // namespace badwire::harness
