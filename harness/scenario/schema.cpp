#include "harness/scenario/schema.hpp"

#include <regex>

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "impl/base/mistake.hpp"

namespace badwire::harness {
namespace {

using nlohmann::json;

const json& whole_schema()
{
    static const json parsed = json::parse(scenario_schema());
    return parsed;
}

// Whether `instance` meets `part` of the schema; valijson judges.
bool meets(json part, const json& instance)
{
    part["definitions"] = whole_schema().at("definitions");
    valijson::Schema schema;
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(part), schema);
    valijson::Validator validator;
    return validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(instance), nullptr);
}

json resolve(json part)
{
    while (part.contains("$ref")) {
        const std::string reference = part.at("$ref").get<std::string>().substr(1);
        json target = whole_schema().at(json::json_pointer(reference));
        // A description beside a reference speaks of this place, the target's only of the kind.
        if (part.contains("description") && !target.contains("description"))
            target["description"] = part["description"];
        part = std::move(target);
    }
    return part;
}

std::string shown(const json& instance)
{
    constexpr std::size_t longest = 60;
    std::string text = instance.dump(-1, ' ', false, json::error_handler_t::replace);
    if (text.size() > longest) text.replace(longest, text.size(), "…");
    return text;
}

[[noreturn]] void report(const json& part, const json& instance, const std::string& pointer)
{
    // The first sentence of a description says what a thing is.
    std::string expected = part.value("description", "");
    expected = expected.substr(0, expected.find(". "));
    if (expected.ends_with('.')) expected.pop_back();
    if (expected.empty())
        expected = part.contains("type") ? part.at("type").dump() : "something else";
    if (part.contains("minimum") && part.contains("maximum"))
        expected = fmt::format("a number from {} to {} ({})", part["minimum"].dump(),
                               part["maximum"].dump(), expected);
    else if (part.contains("type") && part["type"].is_string() &&
             !meets({{"type", part["type"]}}, instance))
        expected = fmt::format(
            "{} {} ({})",
            part["type"] == "integer" || part["type"] == "object" || part["type"] == "array" ? "an"
                                                                                             : "a",
            part["type"].get<std::string>(), expected);
    throw mistake(pointer, fmt::format("expected {}, got {}", expected, shown(instance)));
}

// Descends from a part of the schema that `instance` does not meet to the place that explains why.
[[noreturn]] void explain(const json& unresolved, const json& instance, const std::string& pointer)
{
    const json part = resolve(unresolved);
    if (part.contains("anyOf")) {
        // The alternative of the same JSON type is the one that was meant.
        for (const json& alternative : part.at("anyOf")) {
            json option = resolve(alternative);
            if (instance.is_structured() && option.value("type", json()) == instance.type_name()) {
                const bool fits_so_far =
                    !option.contains("required") ||
                    std::any_of(
                        option["required"].begin(), option["required"].end(),
                        [&](const json& key) { return instance.contains(key.get<std::string>()); });
                if (fits_so_far) explain(option, instance, pointer);
            }
        }
        report(part, instance, pointer);
    }
    if (instance.is_object() && part.value("type", json()) == "object") {
        const json properties = part.value("properties", json::object());
        const json others = part.value("additionalProperties", json(true));
        for (const auto& [key, value] : instance.items()) {
            const std::string place = pointer + pointer_step(key);
            if (properties.contains(key)) {
                if (!meets(properties[key], value)) explain(properties[key], value, place);
            } else if (others == false) {
                std::vector<std::string> valid;
                for (const auto& [name, ignored] : properties.items()) valid.push_back(name);
                throw mistake(place, fmt::format("no such key{}", suggestion(key, valid)));
            } else if (part.contains("propertyNames") && !meets(part["propertyNames"], key)) {
                throw mistake(place, "expected a name of letters, digits, - and _, "
                                     "beginning with a letter");
            } else if (others.is_object() && !meets(others, value)) {
                explain(others, value, place);
            }
        }
        for (const json& key : part.value("required", json::array()))
            if (!instance.contains(key.get<std::string>()))
                throw mistake(pointer,
                              fmt::format("expected a key \"{}\": {}", key.get<std::string>(),
                                          properties.value(key.get<std::string>(), json::object())
                                              .value("description", "")));
    }
    if (instance.is_array() && part.contains("items"))
        for (std::size_t i = 0; i < instance.size(); ++i)
            if (!meets(part["items"], instance[i]))
                explain(part["items"], instance[i], fmt::format("{}/{}", pointer, i));
    report(part, instance, pointer);
}

} // namespace

void check_against_schema(const nlohmann::ordered_json& scenario)
{
    const json instance = scenario;
    if (!meets(whole_schema(), instance)) explain(whole_schema(), instance, "");
}

} // namespace badwire::harness
