// Refuses anything that is not a results.json of version 1, before a report is made from it. The
// same rules as results.schema.json, with messages for people.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace badwire::reports {

// Throws std::invalid_argument: a line for each mistake, with its place as a JSON pointer.
void check_results(const nlohmann::json& results);

} // namespace badwire::reports
