#include <fmt/format.h>

#include "sim/link/impairment/phrases.hpp"
#include "sim/link/impairment/rows.hpp"

namespace badwire::link {
namespace {

constexpr std::string_view loss_schema = R"json({
    "description": "a probability from 0 to 1 such as 0.05, {\"probability\": 0.05, \"at_most_in_a_row\": 3}, or bursts: {\"model\": \"gilbert-elliott\", \"p\": 0.01, \"r\": 0.3}",
    "examples": [0.05, {"probability": 0.05, "at_most_in_a_row": 3}, {"model": "gilbert-elliott", "p": 0.01, "r": 0.3}],
    "anyOf": [
        {"$ref": "#/definitions/probability"},
        {"type": "object", "additionalProperties": false,
         "properties": {
            "model": {"description": "\"bernoulli\" (each packet for itself) or \"gilbert-elliott\" (bursts)", "default": "bernoulli", "enum": ["bernoulli", "gilbert-elliott"]},
            "probability": {"$ref": "#/definitions/probability"},
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

loss_model read_loss(const reading& at)
{
    constexpr std::string_view what =
        R"(a probability such as 0.05, or {"model": "gilbert-elliott", "p": 0.01, "r": 0.3})";
    if (!at.value().is_object()) return at.probability();
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
    at.with("at_most_in_a_row", [&](const reading& most) {
        made.at_most_in_a_row =
            static_cast<std::uint32_t>(most.whole("a number of packets from 1", 1, UINT32_MAX));
    });
    return made;
}

nlohmann::json write_loss(const impairments& asked)
{
    const loss_model& loss = asked.loss;
    if (!loss.bursts && loss.at_most_in_a_row == 0) return loss.probability;
    nlohmann::json made;
    if (loss.bursts)
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
    return !asked.loss.bursts;
}

std::string why_dropped_by_loss(const impairments& asked, const fate& decided,
                                std::string_view words)
{
    std::string text = "dropped by loss:";
    if (asked.loss.bursts)
        text += fmt::format(" gilbert-elliott, {} state, asked {}",
                            decided.in_bad_state ? "bad" : "good",
                            decided.in_bad_state ? asked.loss.in_bad : asked.loss.in_good);
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
            .read = [](const reading& at, const surroundings&,
                       impairments& into) { into.loss = read_loss(at); },
            .write = write_loss,
            .always_written = true,
            .asked = differs<&impairments::loss>,
            .of_connections = true,
            .struck = [](const impairments&,
                         const fate& decided) { return decided.why == cause::loss; },
            .draws =
                [](const impairments& asked) {
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
