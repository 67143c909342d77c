#include <nlohmann/json.hpp>

#include "harness/scenario/schema.hpp"
#include "impl/apps/shared/program.hpp"
#include "sim/link/impairment/row.hpp"
#include "sim/link/presets.hpp"

namespace badwire::harness {

std::string_view schema_without_impairments(); // schema.json

namespace {

// The names of all programs, those of another project's command too, each with what it does.
void add_programs_to(nlohmann::ordered_json& program)
{
    auto names = nlohmann::ordered_json::array();
    auto words = nlohmann::ordered_json::array();
    for (const apps::program& one : apps::catalogue()) {
        names.push_back(one.name);
        words.push_back(one.summary);
    }
    program["anyOf"] = {{{"enum", names}, {"enumDescriptions", words}},
                        {{"type", "string"}, {"pattern", "\\$\\{matrix\\..*\\}"}}};
}

void add_presets_to(nlohmann::ordered_json& preset)
{
    auto names = nlohmann::ordered_json::array();
    auto words = nlohmann::ordered_json::array();
    for (const link::preset& one : link::presets()) {
        names.push_back(one.name);
        words.push_back(one.title);
    }
    preset["anyOf"] = {{{"enum", names}, {"enumDescriptions", words}},
                       {{"type", "string"}, {"pattern", "\\$\\{matrix\\..*\\}"}}};
}

// Each impairment is defined once, and may stand wherever a direction, a change or a whole link is
// described.
std::string completed_schema()
{
    auto schema = nlohmann::ordered_json::parse(schema_without_impairments());
    auto& definitions = schema["definitions"];
    for (const link::impairment_row& one : link::impairment_table()) {
        const std::string key(one.key);
        definitions[key] = nlohmann::ordered_json::parse(one.schema);
        for (const char* holder : {"direction", "change", "link"})
            definitions[holder]["properties"][key] = {{"$ref", "#/definitions/" + key}};
    }
    add_presets_to(definitions["preset"]);
    add_programs_to(definitions["process"]["properties"]["program"]);
    return schema.dump(2) + "\n";
}

} // namespace

std::string_view scenario_schema()
{
    static const std::string made = completed_schema();
    return made;
}

} // namespace badwire::harness
