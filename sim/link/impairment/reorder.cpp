#include "impl/base/units.hpp"
#include "sim/link/impairment/chance.hpp"

namespace badwire::link {
namespace {

constexpr std::string_view reorder_schema = R"json({
    "description": "a probability from 0 to 1, or {\"probability\": 0.05, \"extent\": [1, 3], \"within\": \"100ms\"}",
    "examples": [0.01, {"probability": 0.05, "extent": [1, 3]}],
    "anyOf": [
        {"$ref": "#/definitions/probability"},
        {"type": "object", "additionalProperties": false, "required": ["probability"],
         "properties": {
            "probability": {"$ref": "#/definitions/probability"},
            "extent": {"description": "a whole number from 1, or [least, most]: later packets of its flow that overtake a packet.", "default": 1, "$ref": "#/definitions/amount"},
            "within": {"description": "a duration such as \"100ms\": the longest that a packet waits to be overtaken", "default": "100ms", "$ref": "#/definitions/duration"}
         }}
    ]
})json";

void read_reorder(const reading& at, const surroundings&, impairments& into)
{
    constexpr std::uint32_t extent_most = 10'000;
    into.reorder = read_chance<reorder_model>(
        at, R"(a probability, or {"probability": 0.05, "extent": [1, 3], "within": "100ms"})",
        {"probability", "extent", "within"}, "extent", extent_most, [&](reorder_model& model) {
            at.with("within", [&](const reading& within) { model.within = within.time(); });
        });
}

nlohmann::json write_reorder(const impairments& asked)
{
    nlohmann::json made = write_chance(asked.reorder, "extent");
    made["within"] = format_duration(asked.reorder.within);
    return made;
}

void explain_reorder(std::string& text, const impairments&, const fate& decided,
                     std::string_view words)
{
    if (decided.overtakers == 0) return;
    begin_part(text, "reordered: held back for ");
    add_count(text, decided.overtakers, " later packet", " later packets");
    add_drawn(text += words, decided.reorder_drawn);
}

} // namespace

impairment_row reorder_row()
{
    impairment_row row = chance_row<&impairments::reorder>();
    row.key = "reorder";
    row.schema = reorder_schema;
    row.nothing = "0";
    row.read = read_reorder;
    row.write = write_reorder;
    row.needs_arrival_times = true;
    row.struck = [](const impairments&, const fate& decided) { return decided.overtakers > 0; };
    row.explain = explain_reorder;
    row.explained_at = 6;
    return row;
}

} // namespace badwire::link
