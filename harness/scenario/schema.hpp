// schema.hpp: the published JSON Schema of scenarios. Scenarios are not checked against it but
// read; schema_test.cpp holds the two together.
#pragma once

#include <string_view>

namespace badwire::harness {

/// scenarios/scenario.schema.json, as `badwire schema` prints it.
std::string_view scenario_schema();

} // namespace badwire::harness
