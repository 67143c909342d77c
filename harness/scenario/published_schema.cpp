#include <nlohmann/json.hpp>

#include "harness/scenario/schema.hpp"
#include "impl/apps/shared/program.hpp"
#include "sim/link/impairment/row.hpp"
#include "sim/link/presets.hpp"

namespace badwire::harness {

std::string_view schema_without_impairments(); // schema.json

namespace {

// Names, each with what it stands for, or a parameter of the matrix.
template <typename Named, typename Words>
void add_names_to(nlohmann::ordered_json& key, const Named& all, Words words_of)
{
    auto names = nlohmann::ordered_json::array();
    auto words = nlohmann::ordered_json::array();
    for (const auto& one : all) {
        names.push_back(one.name);
        words.push_back(words_of(one));
    }
    key["anyOf"] = {{{"enum", names}, {"enumDescriptions", words}},
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
    add_names_to(definitions["preset"], link::presets(),
                 [](const link::preset& one) { return one.title; });
    // Programs of another project's command, too.
    add_names_to(definitions["process"]["properties"]["program"], apps::catalogue(),
                 [](const apps::program& one) { return one.summary; });
    return schema.dump(2) + "\n";
}

} // namespace

std::string_view scenario_schema()
{
    static const std::string made = completed_schema();
    return made;
}

} // namespace badwire::harness
