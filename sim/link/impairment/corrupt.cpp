#include "sim/link/impairment/chance.hpp"

namespace badwire::link {
namespace {

constexpr std::string_view corrupt_schema = R"json({
    "description": "a probability from 0 to 1, or {\"probability\": 0.05, \"bits\": [1, 8]}",
    "examples": [0.01, {"probability": 0.05, "bits": [1, 8]}],
    "anyOf": [
        {"$ref": "#/definitions/probability"},
        {"type": "object", "additionalProperties": false, "required": ["probability"],
         "properties": {
            "probability": {"$ref": "#/definitions/probability"},
            "bits": {"description": "a whole number from 1, or [least, most]: bits of the payload to flip.", "default": 1, "$ref": "#/definitions/amount"}
         }}
    ]
})json";

void read_corrupt(const reading& at, const surroundings&, impairments& into)
{
    into.corrupt = read_chance<corrupt_model>(
        at, R"(a probability, or {"probability": 0.05, "bits": [1, 8]})", {"probability", "bits"},
        "bits", UINT16_MAX, [](corrupt_model&) {});
}

void explain_corrupt(std::string& text, const impairments& asked, const fate& decided,
                     std::string_view words)
{
    if (decided.flip_bits == 0) return;
    begin_part(text, "corrupted: ");
    add_count(text, decided.flip_bits, " bit flipped", " bits flipped");
    if (decided.corrupt_drawn < asked.corrupt.probability)
        add_drawn(text += words, decided.corrupt_drawn);
}

} // namespace

impairment_row corrupt_row()
{
    impairment_row row = chance_row<&impairments::corrupt>();
    row.key = "corrupt";
    row.schema = corrupt_schema;
    row.nothing = "0";
    row.read = read_corrupt;
    row.write = [](const impairments& asked) { return write_chance(asked.corrupt, "bits"); };
    row.of_connections = true;
    row.struck = [](const impairments& asked, const fate& decided) {
        return decided.flip_bits > 0 && decided.corrupt_drawn < asked.corrupt.probability;
    };
    row.explain = explain_corrupt;
    row.explained_at = 1;
    return row;
}

} // namespace badwire::link
