// run_texts.hpp: what reports say of an entry of results.json in words. Checked results only.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace badwire::reports {

// Why the run did not pass, in one line; may be empty.
std::string headline(const nlohmann::json& run);

// "client exits with 0: it exited with 1" for each expectation that was not met.
std::vector<std::string> unmet_expectations(const nlohmann::json& run);

// A parameter's value as people write it.
std::string plain_text(const nlohmann::json& value);

} // namespace badwire::reports
