#include <nlohmann/json.hpp>

#include "harness/scenario/schema.hpp"
#include "sim/link/impairment/row.hpp"

namespace badwire::harness {

std::string_view schema_without_impairments(); // schema.json

namespace {

// Each impairment is defined once, and may stand wherever a direction, a change or a whole link is
// described.
std::string with_impairments()
{
    auto schema = nlohmann::ordered_json::parse(schema_without_impairments());
    auto& definitions = schema["definitions"];
    for (const link::impairment_row& one : link::impairment_table()) {
        const std::string key(one.key);
        definitions[key] = nlohmann::ordered_json::parse(one.schema);
        for (const char* holder : {"direction", "change", "link"})
            definitions[holder]["properties"][key] = {{"$ref", "#/definitions/" + key}};
    }
    return schema.dump(2) + "\n";
}

} // namespace

std::string_view scenario_schema()
{
    static const std::string made = with_impairments();
    return made;
}

} // namespace badwire::harness
