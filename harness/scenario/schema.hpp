// schema.hpp: the published JSON Schema of scenarios, and checking against it.
#pragma once

#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace badwire::harness {

/// scenarios/scenario.schema.json, as `badwire schema` prints it.
std::string_view scenario_schema();

/// Throws the first mistake, at the deepest place that explains it, in the words of the schema's
/// own descriptions.
void check_against_schema(const nlohmann::ordered_json& scenario);

} // namespace badwire::harness
