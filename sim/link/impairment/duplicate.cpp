#include "impl/base/units.hpp"
#include "sim/link/impairment/chance.hpp"

namespace badwire::link {
namespace {

constexpr std::string_view duplicate_schema = R"json({
    "description": "a probability from 0 to 1, or {\"probability\": 0.05, \"copies\": [1, 3], \"after\": \"1ms\"}",
    "examples": [0.01, {"probability": 0.05, "copies": [1, 3], "after": "1ms"}],
    "anyOf": [
        {"$ref": "#/definitions/probability"},
        {"type": "object", "additionalProperties": false, "required": ["probability"],
         "properties": {
            "probability": {"$ref": "#/definitions/probability"},
            "copies": {"description": "a whole number from 1, or [least, most]: copies beside the packet itself.", "default": 1, "$ref": "#/definitions/amount"},
            "after": {"description": "a duration such as \"1ms\": how long after the packet its copy comes, and the next after that", "default": "0s", "$ref": "#/definitions/duration"}
         }}
    ]
})json";

void read_duplicate(const reading& at, const surroundings&, impairments& into)
{
    constexpr std::uint32_t copies_most = 1000;
    into.duplicate = read_chance<duplicate_model>(
        at, R"(a probability, or {"probability": 0.05, "copies": [1, 3], "after": "1ms"})",
        {"probability", "copies", "after"}, "copies", copies_most, [&](duplicate_model& model) {
            at.with("after", [&](const reading& after) { model.after = after.time(); });
        });
}

nlohmann::json write_duplicate(const impairments& asked)
{
    nlohmann::json made = write_chance(asked.duplicate, "copies");
    made["after"] = format_duration(asked.duplicate.after);
    return made;
}

void explain_duplicate(std::string& text, const impairments& asked, const fate& decided,
                       std::string_view words)
{
    if (decided.copies == 0) return;
    begin_part(text, "duplicated: ");
    add_count(text, decided.copies, " copy more", " copies more");
    if (decided.duplicate_drawn < asked.duplicate.probability)
        add_drawn(text += words, decided.duplicate_drawn);
}

} // namespace

impairment_row duplicate_row()
{
    impairment_row row = chance_row<&impairments::duplicate>();
    row.key = "duplicate";
    row.schema = duplicate_schema;
    row.nothing = "0";
    row.read = read_duplicate;
    row.write = write_duplicate;
    row.needs_arrival_times = true;
    row.struck = [](const impairments& asked, const fate& decided) {
        return decided.duplicate_drawn < asked.duplicate.probability;
    };
    row.explain = explain_duplicate;
    row.explained_at = 2;
    return row;
}

} // namespace badwire::link
