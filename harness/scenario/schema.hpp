// schema.hpp: the published JSON Schema of scenarios. Scenarios are read without it;
// schema_test.cpp ensures that both accept the same.
#pragma once

#include <string_view>

namespace badwire::harness {

/// scenarios/scenario.schema.json, as `badwire schema` prints it.
std::string_view scenario_schema();

} // namespace badwire::harness
