// scenario_text.hpp: from the text of a scenario to JSON with its matrix' values put in.
#pragma once

#include <string_view>
#include <vector>

#include "harness/scenario/scenario.hpp"

namespace badwire::harness {

inline constexpr std::uint64_t largest_scenario_bytes = 16 << 20;

/// A scenario with one combination of its matrix.
struct expanded_scenario {
    json combination; // parameter to value
    json asked;
};

/// One for every combination of the matrix, the last parameter changing fastest; at most 10,000.
/// "${matrix.loss}" alone becomes the value with its type; inside a longer string it becomes text.
/// Throws mistake: broken JSON, more than largest_scenario_bytes, nested more than 64 deep, an
/// unknown parameter.
std::vector<expanded_scenario> expand_scenario(std::string_view text);

/// A string as it is, anything else as JSON.
std::string as_text(const json& value);

} // namespace badwire::harness
