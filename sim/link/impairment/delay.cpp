#include <algorithm>
#include <array>

#include "impl/base/units.hpp"
#include "sim/link/course_json.hpp"
#include "sim/link/impairment/phrases.hpp"
#include "sim/link/impairment/rows.hpp"

namespace badwire::link {
namespace {

constexpr std::string_view delay_schema = R"json({
    "description": "a duration such as \"5ms\", or a distribution such as {\"uniform\": [\"1ms\", \"9ms\"]} or {\"normal\": {\"mean\": \"20ms\", \"stddev\": \"5ms\"}}; with the time: {\"ramp\": …} or {\"trace\": FILE}",
    "examples": ["20ms", {"uniform": ["1ms", "9ms"]}, {"normal": {"mean": "20ms", "stddev": "5ms"}}, {"ramp": {"from": "20ms", "to": "200ms", "over": "10s"}}, {"trace": "delays.csv"}],
    "anyOf": [
        {"$ref": "#/definitions/duration"},
        {"type": "object", "additionalProperties": false,
         "properties": {
            "constant": {"$ref": "#/definitions/duration"},
            "uniform": {"description": "two durations, the least and the most", "examples": [["1ms", "9ms"]], "type": "array", "minItems": 2, "maxItems": 2, "items": {"$ref": "#/definitions/duration"}},
            "normal": {
                "description": "mean and standard deviation such as {\"mean\": \"20ms\", \"stddev\": \"5ms\"}", "examples": [{"mean": "20ms", "stddev": "5ms"}],
                "type": "object", "additionalProperties": false, "required": ["mean", "stddev"],
                "properties": {"mean": {"$ref": "#/definitions/duration"}, "stddev": {"$ref": "#/definitions/duration"}}
            },
            "lognormal": {
                "description": "mean and standard deviation of the delay (not of its logarithm) such as {\"mean\": \"20ms\", \"stddev\": \"5ms\"}", "examples": [{"mean": "20ms", "stddev": "5ms"}],
                "type": "object", "additionalProperties": false, "required": ["mean", "stddev"],
                "properties": {"mean": {"$ref": "#/definitions/duration"}, "stddev": {"$ref": "#/definitions/duration"}}
            },
            "pareto": {
                "description": "the least delay and the tail's exponent such as {\"scale\": \"10ms\", \"shape\": 2.5}", "examples": [{"scale": "10ms", "shape": 2.5}],
                "type": "object", "additionalProperties": false, "required": ["scale", "shape"],
                "properties": {"scale": {"$ref": "#/definitions/duration"}, "shape": {"description": "a number above 0. The mean is finite above 1, the variance above 2.", "examples": [2.5], "anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string", "pattern": "^\\$\\{matrix\\..*\\}$"}]}}
            },
            "table": {"description": "durations, each equally likely", "examples": [["5ms", "5ms", "80ms"]], "type": "array", "minItems": 1, "items": {"$ref": "#/definitions/duration"}},
            "ramp": {
                "description": "a straight line from one duration to another such as {\"from\": \"20ms\", \"to\": \"200ms\", \"over\": \"10s\"}; the last value stays", "examples": [{"from": "20ms", "to": "200ms", "over": "10s"}],
                "type": "object", "additionalProperties": false, "required": ["from", "to", "over"],
                "properties": {"from": {"$ref": "#/definitions/duration"}, "to": {"$ref": "#/definitions/duration"}, "over": {"$ref": "#/definitions/duration"}, "since": {"description": "a duration such as \"2s\": when it begins, after the link's start; if not given, when it is asked for", "$ref": "#/definitions/duration"}, "every": {"description": "a duration such as \"20s\": it begins again so long after it began", "$ref": "#/definitions/duration"}}
            },
            "trace": {
                "description": "delays with their times: a file (a time and a delay a line, in milliseconds, with a comma between, or a delay a line; relative to the scenario), or a list; after its end it begins again", "examples": ["delays.csv", [["0s", "20ms"], ["5s", "80ms"]]],
                "anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": {"anyOf": [{"$ref": "#/definitions/duration"}, {"type": "array", "minItems": 2, "maxItems": 2, "items": {"$ref": "#/definitions/duration"}}]}}]
            },
            "step": {"description": "a duration such as \"100ms\": how long each value of a trace without times holds", "default": "1s", "$ref": "#/definitions/duration"},
            "at_most": {"description": "a duration such as \"200ms\": what is drawn beyond counts as this", "$ref": "#/definitions/duration"},
            "correlation": {"description": "a number from 0 to 1: the correlation of neighbouring packets' delays", "default": 0, "$ref": "#/definitions/probability"},
            "keep_order": {"description": "true: no packet of a flow overtakes another", "default": false, "type": "boolean"}
         }}
    ]
})json";

delay_model read_moments(const reading& at, delay_model (*make)(duration, duration),
                         bool above_zero)
{
    constexpr std::string_view what = R"(such as {"mean": "20ms", "stddev": "5ms"})";
    at.check_object(what, {"mean", "stddev"});
    if (!at.has("mean") || !at.has("stddev")) at.expected(what);
    duration mean{};
    duration stddev{};
    at.with("mean", [&](const reading& time) {
        mean = time.time();
        if (above_zero && mean == duration(0)) time.expected("a mean above zero");
    });
    at.with("stddev", [&](const reading& time) { stddev = time.time(); });
    return make(mean, stddev);
}

delay_model read_uniform(const reading& bounds)
{
    if (!bounds.value().is_array() || bounds.size() != 2)
        bounds.expected(R"(the least and the most such as ["1ms", "9ms"])");
    const auto least = bounds.at(std::size_t{0}).time();
    const auto most = bounds.at(std::size_t{1}).time();
    if (least > most) bounds.expected("the least before the most");
    return {least, most};
}

delay_model read_pareto(const reading& at)
{
    constexpr std::string_view such = R"(such as {"scale": "10ms", "shape": 2.5})";
    at.check_object(such, {"scale", "shape"});
    if (!at.has("scale") || !at.has("shape")) at.expected(such);
    duration scale{};
    double shape = 1;
    at.with("scale", [&](const reading& time) { scale = time.time(); });
    at.with("shape",
            [&](const reading& number) { shape = number.number("a shape above 0", 1e-3, 1e6); });
    return delay_model::pareto(scale, shape);
}

delay_model read_table(const reading& at)
{
    at.check_array(R"(delays, each equally likely, such as ["1ms", "1ms", "9ms"])", 1);
    std::vector<duration> values;
    at.each([&](const reading& time) { values.push_back(time.time()); });
    if (values.empty()) return {}; // the mistakes are noted
    std::ranges::sort(values);     // quantiles are read off by position
    return delay_model::table(std::move(values));
}

delay_model read_distribution(const reading& at, std::string_view what)
{
    constexpr std::array<const char*, 6> shapes{"constant",  "uniform", "normal",
                                                "lognormal", "pareto",  "table"};
    if (std::ranges::count_if(shapes, [&](const char* one) { return at.has(one); }) != 1)
        at.expected(what);
    if (at.has("uniform")) return read_uniform(at.at("uniform"));
    if (at.has("normal")) return read_moments(at.at("normal"), delay_model::normal, false);
    if (at.has("lognormal")) return read_moments(at.at("lognormal"), delay_model::lognormal, true);
    if (at.has("pareto")) return read_pareto(at.at("pareto"));
    if (at.has("table")) return read_table(at.at("table"));
    const auto constant = at.at("constant").time();
    return {constant, constant};
}

constexpr course_values delay_values{
    .read = [](const reading& at) { return static_cast<double>(at.time().count()); },
    .parse = milliseconds_or_duration,
    .write =
        [](double ns) {
            return nlohmann::json(format_duration(duration(static_cast<std::int64_t>(ns))));
        },
    .what = "a delay in milliseconds, or with a unit"};

delay_model read_delay(const reading& at, const surroundings& around)
{
    constexpr std::string_view what =
        R"(a delay such as "5ms", {"uniform": ["1ms", "9ms"]} or )"
        R"({"normal": {"mean": "20ms", "stddev": "5ms"}, "keep_order": true})";
    if (at.value().is_string()) {
        const auto constant = at.time();
        return {constant, constant};
    }
    delay_model made;
    if (at.has("ramp") != at.has("trace")) {
        if (at.has("ramp")) at.check_object(what, {"ramp", "keep_order"});
        else at.check_object(what, {"trace", "step", "keep_order"});
        made.course = read_course(at, delay_values, around);
    } else {
        at.check_object(what, {"constant", "uniform", "normal", "lognormal", "pareto", "table",
                               "ramp", "trace", "at_most", "correlation", "keep_order"});
        made = read_distribution(at, what);
    }
    at.with("at_most", [&](const reading& most) { made.at_most = most.time(); });
    at.with("correlation", [&](const reading& by) {
        made.correlation = by.number("a correlation from 0 to 1", 0, 1);
    });
    at.with("keep_order", [&](const reading& keep) { made.keep_order = keep.truth(); });
    return made;
}

nlohmann::json write_delay(const impairments& asked)
{
    using form = delay_model::distribution;
    const delay_model& delay = asked.delay;
    const std::string first = format_duration(delay.first);
    const std::string second = format_duration(delay.second);
    auto made = nlohmann::json::object();
    switch (delay.shape_of) {
    case form::constant:
        if (delay.course) write_course(delay.course, delay_values, made);
        else made["constant"] = first;
        break;
    case form::uniform: made["uniform"] = {first, second}; break;
    case form::normal: made["normal"] = {{"mean", first}, {"stddev", second}}; break;
    case form::lognormal: made["lognormal"] = {{"mean", first}, {"stddev", second}}; break;
    case form::pareto: made["pareto"] = {{"scale", first}, {"shape", delay.shape}}; break;
    case form::table:
        for (const duration value : delay.values) made["table"].push_back(format_duration(value));
        break;
    }
    if (delay.at_most) made["at_most"] = format_duration(*delay.at_most);
    if (delay.correlation > 0) made["correlation"] = delay.correlation;
    if (delay.keep_order) made["keep_order"] = true;
    return made.contains("constant") && made.size() == 1 ? nlohmann::json(first) : made;
}

std::string words(const impairments& asked)
{
    return asked.delay.is_zero() ? std::string() : ": asked " + write_delay(asked).dump();
}

// The row of rate adds how long the packet was at the bottleneck.
void explain_delay(std::string& text, const impairments& asked, const fate& decided,
                   std::string_view words)
{
    if (decided.delay == duration(0)) return;
    begin_part(text, "delayed by ");
    text += format_duration(decided.delay);
    text += words;
    if (!asked.delay.is_constant()) add_drawn(text, decided.delay_drawn);
}

} // namespace

impairment_row delay_row()
{
    return {.key = "delay",
            .schema = delay_schema,
            .nothing = R"("0")",
            .read = [](const reading& at, const surroundings& around,
                       impairments& into) { into.delay = read_delay(at, around); },
            .write = write_delay,
            .always_written = true,
            .asked = differs<&impairments::delay>,
            .of_connections = true,
            .struck =
                [](const impairments&, const fate& decided) {
                    return !decided.dropped && decided.delay > decided.queued;
                },
            .needs_arrival_times = true,
            .draws =
                [](const impairments& asked) {
                    return !asked.delay.is_constant() && asked.delay.correlation <= 0;
                },
            .words = words,
            .explain = explain_delay,
            .explained_at = 3};
}

} // namespace badwire::link
