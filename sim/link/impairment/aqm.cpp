#include <array>

#include <fmt/format.h>

#include "impl/base/units.hpp"
#include "sim/link/impairment/phrases.hpp"
#include "sim/link/impairment/rows.hpp"

namespace badwire::link {
namespace {

using discipline = aqm_model::discipline;

constexpr std::string_view aqm_schema = R"json({
    "description": "active management of the rate's queue: \"codel\" (RFC 8289), \"fq-codel\" (RFC 8290), \"pie\" (RFC 8033), or one of them with parameters such as {\"codel\": {\"target\": \"5ms\", \"ecn\": true}}; null: the queue drops its tail",
    "examples": ["fq-codel", {"codel": {"target": "5ms", "interval": "100ms", "ecn": true}}],
    "anyOf": [
        {"type": "null"},
        {"enum": ["codel", "fq-codel", "pie"]},
        {"type": "string", "pattern": "^\\$\\{matrix\\..*\\}$"},
        {"type": "object", "additionalProperties": false, "minProperties": 1, "maxProperties": 1,
         "properties": {
            "codel": {
                "description": "CoDel: drops once packets have waited longer than the target for an interval", "examples": [{"ecn": true}],
                "type": "object", "additionalProperties": false,
                "properties": {
                    "target": {"description": "how long a packet may wait", "default": "5ms", "examples": ["5ms"], "allOf": [{"$ref": "#/definitions/duration"}]},
                    "interval": {"description": "for how long all may wait longer; about the longest round trip", "default": "100ms", "examples": ["100ms"], "allOf": [{"$ref": "#/definitions/duration"}]},
                    "ecn": {"description": "mark the packets of senders that know ECN instead of dropping them", "type": "boolean", "default": false, "examples": [true]}
                }
            },
            "fq-codel": {
                "description": "FQ-CoDel: a queue for each flow, in turns, each with CoDel", "examples": [{"ecn": true}],
                "type": "object", "additionalProperties": false,
                "properties": {
                    "target": {"description": "how long a packet may wait", "default": "5ms", "examples": ["5ms"], "allOf": [{"$ref": "#/definitions/duration"}]},
                    "interval": {"description": "for how long all may wait longer; about the longest round trip", "default": "100ms", "examples": ["100ms"], "allOf": [{"$ref": "#/definitions/duration"}]},
                    "quantum": {"description": "bytes that a flow may send in its turn", "default": 1514, "examples": [300], "anyOf": [{"type": "integer", "minimum": 1, "maximum": 1048576}, {"type": "string", "pattern": "^\\$\\{matrix\\..*\\}$"}]},
                    "ecn": {"description": "mark the packets of senders that know ECN instead of dropping them", "type": "boolean", "default": false, "examples": [true]}
                }
            },
            "pie": {
                "description": "PIE: drops on arrival with a probability that holds the delay at the target", "examples": [{"ecn": true}],
                "type": "object", "additionalProperties": false,
                "properties": {
                    "target": {"description": "the delay to hold", "default": "15ms", "examples": ["15ms"], "allOf": [{"$ref": "#/definitions/duration"}]},
                    "update": {"description": "how often the probability changes", "default": "15ms", "examples": ["15ms"], "allOf": [{"$ref": "#/definitions/duration"}]},
                    "burst": {"description": "how long a burst is let through after calm", "default": "150ms", "examples": ["150ms"], "allOf": [{"$ref": "#/definitions/duration"}]},
                    "ecn": {"description": "mark the packets of senders that know ECN instead of dropping them, up to a probability of 10 %", "type": "boolean", "default": false, "examples": [true]}
                }
            }
         }}
    ]
})json";

constexpr std::array<std::string_view, 3> disciplines{"codel", "fq-codel", "pie"};

aqm_model defaults_of(std::string_view name)
{
    if (name == "codel") return aqm_model::codel();
    return name == "pie" ? aqm_model::pie() : aqm_model::fq_codel();
}

std::string_view name_of(discipline is)
{
    return disciplines.at(static_cast<std::size_t>(is) - 1); // 0 is none
}

duration positive(const reading& at)
{
    const duration read = at.time();
    if (read <= duration(0)) at.expected("a time above 0 such as \"5ms\"");
    return read;
}

void read_parameters(const reading& at, aqm_model& into)
{
    const bool pie = into.is == discipline::pie;
    if (pie)
        at.check_object(R"(an object such as {"target": "15ms"})",
                        {"target", "update", "burst", "ecn"});
    else if (into.is == discipline::fq_codel)
        at.check_object(R"(an object such as {"target": "5ms", "interval": "100ms"})",
                        {"target", "interval", "quantum", "ecn"});
    else
        at.check_object(R"(an object such as {"target": "5ms", "interval": "100ms"})",
                        {"target", "interval", "ecn"});
    at.with("target", [&](const reading& target) { into.target = positive(target); });
    at.with(pie ? "update" : "interval",
            [&](const reading& interval) { into.interval = positive(interval); });
    at.with("burst", [&](const reading& burst) { into.burst = burst.time(); });
    at.with("quantum", [&](const reading& quantum) {
        into.quantum_bytes = static_cast<std::uint32_t>(
            quantum.whole("bytes of a turn such as 1514", 1, std::uint64_t{1} << 20));
    });
    at.with("ecn", [&](const reading& wanted) { into.ecn = wanted.truth(); });
}

aqm_model read_aqm(const reading& at)
{
    constexpr std::string_view what =
        R"("codel", "fq-codel" or "pie", or one of them with parameters such as )"
        R"({"codel": {"target": "5ms", "ecn": true}}; null: tail drop)";
    if (at.value().is_null()) return {};
    if (at.value().is_string()) return defaults_of(at.choice(disciplines));
    at.check_object(what, disciplines);
    if (at.size() != 1) at.expected(what);
    aqm_model read;
    at.each([&](const std::string& name, const reading& parameters) {
        read = defaults_of(name);
        read_parameters(parameters, read);
    });
    return read;
}

nlohmann::json write_aqm(const impairments& asked)
{
    const aqm_model& aqm = asked.aqm;
    if (!aqm.asked()) return nullptr;
    const bool pie = aqm.is == discipline::pie;
    nlohmann::json made{{"target", format_duration(aqm.target)},
                        {pie ? "update" : "interval", format_duration(aqm.interval)}};
    if (pie) made["burst"] = format_duration(aqm.burst);
    if (aqm.is == discipline::fq_codel) made["quantum"] = aqm.quantum_bytes;
    if (aqm.ecn) made["ecn"] = true;
    return {{std::string(name_of(aqm.is)), std::move(made)}};
}

std::string why_dropped(const impairments& asked, const fate& decided, std::string_view words)
{
    std::string why = decided.aqm_asked > 0
                          ? fmt::format("on arrival (probability {:.4f}, drawn {:.4f})",
                                        decided.aqm_asked, decided.aqm_drawn)
                          : fmt::format("after {} in the queue", format_duration(decided.queued));
    if (asked.aqm.ecn && decided.ecn == ecn::not_capable) why += ", its sender knows no ECN";
    return fmt::format("dropped by the queue's management {}, aqm {}", why, words);
}

void explain_aqm(std::string& text, const impairments&, const fate& decided, std::string_view words)
{
    if (!decided.marked) return;
    begin_part(text, "marked: congestion experienced, aqm ");
    text += words;
}

} // namespace

impairment_row aqm_row()
{
    return {
        .key = "aqm",
        .schema = aqm_schema,
        .nothing = "null",
        .read = [](const reading& at, const surroundings&,
                   impairments& into) { into.aqm = read_aqm(at); },
        .write = write_aqm,
        .asked = [](const impairments& all) { return all.aqm.asked(); },
        .struck = [](const impairments&,
                     const fate& decided) { return decided.why == cause::aqm || decided.marked; },
        .draws = [](const impairments& all) { return all.aqm.is == discipline::pie; },
        .words = [](const impairments& asked) { return write_aqm(asked).dump(); },
        .drops_as = cause::aqm,
        .drops_called = "aqm",
        .why_dropped = why_dropped,
        .explain = explain_aqm,
        .explained_at = 5};
}

} // namespace badwire::link
