// matrix.hpp: the matrix of a scenario: makes a scenario's JSON for each combination of values.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "impl/base/reading.hpp"

namespace badwire::harness {

/// A scenario with one combination of its matrix.
struct expanded_scenario {
    nlohmann::ordered_json combination; // parameter to value
    nlohmann::ordered_json asked;
    std::set<std::string> unresolved; // pointers to values that use unknown parameters
};

/// One scenario for each combination of the matrix, the last parameter changing fastest; at most
/// 10,000. "${matrix.loss}" alone becomes the value with its type; inside a longer string it
/// becomes text. Mistakes of the matrix and of references to it are noted in `whole.found()`.
std::vector<expanded_scenario> expand_scenario(const reading& whole);

/// A string as it is, anything else as JSON.
std::string word_of(const nlohmann::ordered_json& value);

} // namespace badwire::harness
