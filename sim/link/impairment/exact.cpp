#include <algorithm>

#include <fmt/format.h>

#include "sim/link/impairment/phrases.hpp"
#include "sim/link/impairment/rows.hpp"
#include "sim/link/match_json.hpp"

namespace badwire::link {
namespace {

constexpr std::string_view exact_schema = R"json({
    "description": "Rules for exactly these packets.", "examples": [[{"nth": 3}], [{"match": {"kind": "ack", "unit": 7}, "nth": 1}], [{"tcp": "syn", "nth": 1}]],
    "type": "array",
    "items": {
        "description": "a rule such as {\"match\": {\"kind\": \"ack\", \"unit\": 7}, \"nth\": 2, \"action\": \"drop\"}", "examples": [{"nth": 3}],
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "tcp": {
                "description": "The rule is about TCP segments (on the network hosts), and \"match\" about the data that they carry: \"syn\", \"syn-ack\", \"data\" (carries some), \"ack\" (nothing else), \"fin\", \"rst\", \"any\", or an object. Without it the rule is about datagrams.", "examples": ["syn", {"kind": "data", "byte": 5000}],
                "anyOf": [
                    {"enum": ["syn", "syn-ack", "data", "ack", "fin", "rst", "any"]},
                    {"type": "object", "additionalProperties": false, "minProperties": 1,
                     "properties": {
                         "kind": {"description": "What the segment is.", "default": "any", "examples": ["data"], "enum": ["syn", "syn-ack", "data", "ack", "fin", "rst", "any"]},
                         "from_byte": {"description": "Its data begins with this byte of the connection's direction, counted from 1.", "examples": [1461], "type": "integer", "minimum": 1},
                         "byte": {"description": "This byte is among its data, wherever it begins.", "examples": [5000], "type": "integer", "minimum": 1}}}
                ]
            },
            "match": {
                "description": "what a packet must be like. Fields of a wire by name ({\"kind\": \"ack\", \"unit\": 7}), and: ", "examples": [{"kind": "ack", "unit": 7}, {"text": "__END__"}],
                "type": "object",
                "properties": {
                    "wire": {"description": "The wire whose fields are meant: \"framed\" (badwire's own) or one of \"wires\".", "examples": ["framed"], "type": "string"},
                    "text": {"description": "Text that the payload contains.", "examples": ["__END__"], "type": "string"},
                    "regex": {"description": "A regular expression (ECMAScript) that is found in the payload.", "examples": ["^(PUT|GET) "], "type": "string"},
                    "bytes": {"description": "Bytes in hexadecimal that stand at \"offset\".", "examples": ["de ad"], "type": "string"},
                    "offset": {"description": "Where \"bytes\" stand.", "default": 0, "examples": [4], "type": "integer", "minimum": 0, "maximum": 65535},
                    "size": {"description": "The payload's size in bytes, or [least, most].", "examples": [100, [1, 100]], "anyOf": [{"type": "integer", "minimum": 0}, {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "integer", "minimum": 0}}]}
                },
                "additionalProperties": {"description": "a field's value: a number, or a name that its wire knows", "type": ["integer", "string"], "minimum": 0}
            },
            "nth": {
                "description": "Which of the direction's packets that match, from 1: a number, a list, or {\"from\": 3, \"to\": 9, \"every\": 2}. Otherwise all.", "examples": [3, [1, 4], {"from": 10, "every": 3}],
                "anyOf": [
                    {"type": "integer", "minimum": 1},
                    {"type": "string", "pattern": "^\\$\\{matrix\\..*\\}$"},
                    {"type": "array", "minItems": 1, "items": {"description": "a whole number from 1", "type": "integer", "minimum": 1}},
                    {"type": "object", "additionalProperties": false,
                     "properties": {"from": {"$ref": "#/definitions/count"}, "to": {"$ref": "#/definitions/count"}, "every": {"$ref": "#/definitions/count"}}}
                ]
            },
            "flow": {"description": "Only packets of this process count.", "examples": ["client"], "type": "string"},
            "action": {
                "description": "\"drop\", \"duplicate\", \"corrupt\", {\"delay\": \"200ms\"}, {\"duplicate\": 2} or {\"corrupt\": 3}", "default": "drop", "examples": [{"delay": "200ms"}],
                "anyOf": [
                    {"enum": ["drop", "duplicate", "corrupt"]},
                    {"type": "object", "additionalProperties": false, "minProperties": 1,
                     "properties": {"delay": {"$ref": "#/definitions/duration"}, "duplicate": {"$ref": "#/definitions/count"}, "corrupt": {"$ref": "#/definitions/count"}}}
                ]
            }
        }
    }
})json";

void read_exact(const reading& at, const surroundings& around, impairments& into)
{
    at.check_array(R"(rules such as [{"match": {"text": "ACK"}, "nth": 2}])");
    into.exact.clear();
    at.each([&](const reading& rule) { into.exact.push_back(parse_exact_rule(rule, around)); });
}

nlohmann::json write_exact(const impairments& asked)
{
    auto made = nlohmann::json::array();
    for (const exact_rule& rule : asked.exact) made.push_back(nlohmann::json::parse(rule.written));
    return made;
}

std::string the_rule(const impairments& asked, const fate& decided)
{
    const std::size_t number = decided.exact;
    if (number == 0 || number > asked.exact.size()) return fmt::format("exact rule {}", number);
    return fmt::format("exact rule {} {}", number, asked.exact[number - 1].written);
}

void explain_exact(std::string& text, const impairments& asked, const fate& decided,
                   std::string_view)
{
    if (decided.exact == 0) return;
    begin_part(text, "by ");
    text += the_rule(asked, decided);
}

} // namespace

impairment_row exact_row()
{
    return {
        .key = "exact",
        .schema = exact_schema,
        .nothing = "[]",
        .read = read_exact,
        .write = write_exact,
        .asked = differs<&impairments::exact>,
        .struck = [](const impairments&, const fate& decided) { return decided.exact > 0; },
        .needs_arrival_times = true, // for rules that delay
        .draws =
            [](const impairments& asked) {
                return std::ranges::any_of(
                    asked.exact, [](const exact_rule& rule) { return rule.flip_bits > 0; });
            },
        .drops_as = cause::exact,
        .drops_called = "exact",
        .why_dropped = [](const impairments& asked, const fate& decided,
                          std::string_view) { return "dropped by " + the_rule(asked, decided); },
        .explain = explain_exact,
        .explained_at = 7};
}

} // namespace badwire::link
