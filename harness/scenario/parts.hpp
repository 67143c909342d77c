// scenario_parts.hpp: the parts of a scenario, each by itself, from JSON that its schema accepts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario/scenario.hpp"

namespace badwire::harness {

// All throw mistake for what the schema cannot see; `pointer` is where the part stands.

/// `otherwise` where there is no such key.
duration duration_at(const json& object, std::string_view key, duration otherwise,
                     const std::string& pointer);

/// A name or a list of names; empty where there is no such key.
std::vector<std::string> names_at(const json& object, std::string_view key);

/// `name` is the file's: a path inside the run's folder.
file_spec parse_file(const std::string& name, const json& asked, const std::string& pointer);

/// One process, whatever it says of others unchecked.
process_spec parse_process(const std::string& name, const json& asked);

} // namespace badwire::harness
