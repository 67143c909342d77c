#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "sim/link/course_json.hpp"
#include "sim/link/impairment/phrases.hpp"
#include "sim/link/impairment/rows.hpp"

namespace badwire::link {
namespace {

constexpr std::string_view loss_schema = R"json({
    "description": "a probability from 0 to 1 such as 0.05, {\"probability\": 0.05, \"at_most_in_a_row\": 3}, or bursts: {\"average\": 0.05, \"burst\": 4}; with the time: {\"ramp\": …} or {\"trace\": FILE}",
    "examples": [0.05, {"probability": 0.05, "at_most_in_a_row": 3}, {"average": 0.05, "burst": 4}, {"model": "gilbert-elliott", "p": 0.01, "r": 0.3}, {"ramp": {"from": 0, "to": 0.3, "over": "10s"}}, {"trace": "loss.csv"}],
    "anyOf": [
        {"$ref": "#/definitions/probability"},
        {"type": "object", "additionalProperties": false,
         "properties": {
            "model": {"description": "\"bernoulli\" (each packet for itself) or \"gilbert-elliott\" (bursts)", "default": "bernoulli", "enum": ["bernoulli", "gilbert-elliott"]},
            "probability": {"$ref": "#/definitions/probability"},
            "average": {"description": "a probability from 0 to 1: the share that is lost in the long run, in bursts; needs \"burst\"", "$ref": "#/definitions/probability"},
            "burst": {"description": "a number from 1: how many packets a burst loses on average", "examples": [4], "anyOf": [{"type": "number", "minimum": 1}, {"type": "string", "pattern": "^\\$\\{matrix\\..*\\}$"}]},
            "ramp": {
                "description": "a straight line from one probability to another such as {\"from\": 0, \"to\": 0.3, \"over\": \"10s\"}; the last value stays", "examples": [{"from": 0, "to": 0.3, "over": "10s"}],
                "type": "object", "additionalProperties": false, "required": ["from", "to", "over"],
                "properties": {"from": {"$ref": "#/definitions/probability"}, "to": {"$ref": "#/definitions/probability"}, "over": {"$ref": "#/definitions/duration"}, "since": {"description": "a duration such as \"2s\": when it begins, after the link's start; if not given, when it is asked for", "$ref": "#/definitions/duration"}, "every": {"description": "a duration such as \"20s\": it begins again so long after it began", "$ref": "#/definitions/duration"}}
            },
            "trace": {
                "description": "probabilities with their times: a file (a time in milliseconds and a value a line, with a comma between, or a value a line; relative to the scenario), or a list; after its end it begins again", "examples": ["loss.csv", [["0s", 0], ["5s", 0.2]]],
                "anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": {"anyOf": [{"$ref": "#/definitions/probability"}, {"type": "array", "minItems": 2, "maxItems": 2}]}}]
            },
            "step": {"description": "a duration such as \"100ms\": how long each value of a trace without times holds", "default": "1s", "$ref": "#/definitions/duration"},
            "p": {"description": "a probability from 0 to 1 of turning from the good state to the bad one, before each packet", "$ref": "#/definitions/probability"},
            "r": {"description": "a probability from 0 to 1 of turning back", "$ref": "#/definitions/probability"},
            "loss_in_good": {"description": "a probability from 0 to 1 of loss in the good state.", "default": 0, "$ref": "#/definitions/probability"},
            "loss_in_bad": {"description": "a probability from 0 to 1 of loss in the bad state.", "default": 1, "$ref": "#/definitions/probability"},
            "at_most_in_a_row": {"description": "a whole number from 1: the most packets of a flow that are lost one after the other", "$ref": "#/definitions/count"}
         }}
    ]
})json";

bool read_whether_bursts(const reading& model)
{
    const std::string name = model.text(R"("bernoulli" or "gilbert-elliott")");
    if (name != "bernoulli" && name != "gilbert-elliott")
        model.expected(R"("bernoulli" or "gilbert-elliott")");
    return name == "gilbert-elliott";
}

constexpr course_values probability_values{
    .read = [](const reading& at) { return at.probability(); },
    .parse = [](const std::string& text) -> std::optional<double> {
        double value = 0;
        const char* const end = text.data() + text.size();
        const auto [rest, failed] = std::from_chars(text.data(), end, value);
        if (failed != std::errc{} || rest != end || !(value >= 0 && value <= 1)) return {};
        return value;
    },
    .write = [](double value) { return nlohmann::json(value); },
    .what = "a probability from 0 to 1"};

// The chain needs p <= 1.
loss_model read_mean_loss(const reading& at, std::string_view what)
{
    if (!at.has("average") || !at.has("burst")) at.expected(what);
    const double average = at.at("average").probability();
    const double burst = at.at("burst").number("packets that a burst loses, from 1", 1, 1e9);
    if (average >= 1)
        at.at("average").wrong("an average of 1 leaves no end to a burst; write 1 alone");
    constexpr double rounding = 1 + 1e-9;
    if (average > burst * (1 - average) * rounding)
        at.wrong(
            fmt::format("bursts of {} packets on average, with at least one packet between "
                        "them, lose at most {:.6g} of all; an average of {} needs bursts of at "
                        "least {:.6g}",
                        burst, burst / (1 + burst), average, average / (1 - average)));
    return loss_model::by_mean(average, burst);
}

loss_model read_model(const reading& at, std::string_view what)
{
    loss_model made;
    // The model says which other keys may follow.
    if (at.has("model")) made.bursts = read_whether_bursts(at.at("model"));
    const auto chance = [&](const char* key, double& into) {
        at.with(key, [&](const reading& one) { into = one.probability(); });
    };
    if (made.bursts) {
        at.check_object(what,
                        {"model", "p", "r", "loss_in_good", "loss_in_bad", "at_most_in_a_row"});
        if (!at.has("p") || !at.has("r")) at.expected(what);
        chance("p", made.p);
        chance("r", made.r);
        chance("loss_in_good", made.in_good);
        chance("loss_in_bad", made.in_bad);
    } else {
        at.check_object(what, {"model", "probability", "at_most_in_a_row"});
        if (!at.has("probability")) at.expected(what);
        chance("probability", made.probability);
    }
    return made;
}

loss_model read_loss(const reading& at, const surroundings& around)
{
    constexpr std::string_view what =
        R"(a probability such as 0.05, or {"model": "gilbert-elliott", "p": 0.01, "r": 0.3})";
    if (!at.value().is_object()) return at.probability();
    loss_model made;
    if (at.has("average") || at.has("burst")) {
        at.check_object(what, {"average", "burst", "at_most_in_a_row"});
        made = read_mean_loss(at, what);
    } else if (at.has("ramp")) {
        at.check_object(what, {"ramp", "at_most_in_a_row"});
        made.course = read_course(at, probability_values, around);
    } else if (at.has("trace")) {
        at.check_object(what, {"trace", "step", "at_most_in_a_row"});
        made.course = read_course(at, probability_values, around);
    } else {
        made = read_model(at, what);
    }
    at.with("at_most_in_a_row", [&](const reading& most) {
        made.at_most_in_a_row =
            static_cast<std::uint32_t>(most.whole("a number of packets from 1", 1, UINT32_MAX));
    });
    return made;
}

nlohmann::json write_loss(const impairments& asked)
{
    const loss_model& loss = asked.loss;
    if (!loss.bursts && loss.at_most_in_a_row == 0 && !loss.course) return loss.probability;
    nlohmann::json made;
    if (loss.course) write_course(loss.course, probability_values, made);
    else if (loss.bursts)
        made = {{"model", "gilbert-elliott"},
                {"p", loss.p},
                {"r", loss.r},
                {"loss_in_good", loss.in_good},
                {"loss_in_bad", loss.in_bad}};
    else made = {{"model", "bernoulli"}, {"probability", loss.probability}};
    if (loss.at_most_in_a_row > 0) made["at_most_in_a_row"] = loss.at_most_in_a_row;
    return made;
}

bool weaken(impairments& asked, double factor)
{
    asked.loss.probability *= factor;
    return !asked.loss.bursts && !asked.loss.course;
}

std::string why_dropped_by_loss(const impairments& asked, const fate& decided,
                                std::string_view words)
{
    std::string text = "dropped by loss:";
    if (asked.loss.bursts)
        text += fmt::format(" gilbert-elliott, {} state, asked {}",
                            decided.in_bad_state ? "bad" : "good",
                            decided.in_bad_state ? asked.loss.in_bad : asked.loss.in_good);
    else if (asked.loss.course)
        text += fmt::format(" asked {} at that time, by the {}", decided.loss_asked,
                            asked.loss.course.is_ramp() ? "ramp" : "trace");
    else text += words;
    add_drawn(text, decided.loss_drawn);
    return text;
}

} // namespace

impairment_row loss_row()
{
    return {.key = "loss",
            .schema = loss_schema,
            .nothing = "0",
            .read = [](const reading& at, const surroundings& around,
                       impairments& into) { into.loss = read_loss(at, around); },
            .write = write_loss,
            .always_written = true,
            .asked = differs<&impairments::loss>,
            .of_connections = true,
            .struck = [](const impairments&,
                         const fate& decided) { return decided.why == cause::loss; },
            .draws =
                [](const impairments& asked) {
                    if (asked.loss.course) return true;
                    return !asked.loss.bursts && asked.loss.probability > 0 &&
                           asked.loss.probability < 1;
                },
            .weaken = weaken,
            .words =
                [](const impairments& asked) {
                    return fmt::format(" asked {}", asked.loss.probability);
                },
            .drops_as = cause::loss,
            .drops_called = "loss",
            .why_dropped = why_dropped_by_loss};
}

} // namespace badwire::link
