#include <algorithm>

#include <fmt/format.h>

#include "impl/base/units.hpp"
#include "sim/link/impairment/phrases.hpp"
#include "sim/link/impairment/rows.hpp"

namespace badwire::link {
namespace {

constexpr std::string_view rebind_schema = R"json({
    "description": "a NAT that forgets its mappings: {\"after_idle\": \"30s\"}, {\"at\": [\"2s\"]} or both", "examples": [{"after_idle": "30s"}],
    "type": "object", "additionalProperties": false,
    "properties": {
        "after_idle": {"description": "a duration such as \"30s\": once a client has sent nothing for so long", "$ref": "#/definitions/duration"},
        "at": {"description": "durations such as [\"2s\"] since the link's start: those of all clients", "examples": [["2s"]], "type": "array", "items": {"$ref": "#/definitions/duration"}}
    }
})json";

void read_rebind(const reading& at, const surroundings&, impairments& into)
{
    at.check_object(R"(a NAT that forgets, such as {"after_idle": "30s"} or {"at": ["2s"]})",
                    {"after_idle", "at"});
    rebind_model made;
    at.with("after_idle", [&](const reading& idle) {
        made.after_idle = idle.time();
        if (*made.after_idle == duration(0)) idle.expected("a duration above zero");
    });
    at.with("at", [&](const reading& times) {
        times.check_array(R"(times since the link's start, such as ["2s"])");
        times.each([&](const reading& time) { made.at.push_back(time.time()); });
        std::ranges::sort(made.at);
    });
    into.rebind = std::move(made);
}

nlohmann::json write_rebind(const impairments& asked)
{
    auto made = nlohmann::json::object();
    if (asked.rebind.after_idle) made["after_idle"] = format_duration(*asked.rebind.after_idle);
    for (const duration at : asked.rebind.at) made["at"].push_back(format_duration(at));
    return made;
}

std::string why_dropped_by_rebind(const impairments&, const fate&, std::string_view words)
{
    return fmt::format("dropped: for a port that the NAT has forgotten, rebind {}", words);
}

void explain_rebind(std::string& text, const impairments&, const fate& decided,
                    std::string_view words)
{
    if (!decided.rebound) return;
    begin_part(text, "from a new port: the NAT had forgotten the client's, rebind ");
    text += words;
}

} // namespace

impairment_row rebind_row()
{
    return {.key = "rebind",
            .schema = rebind_schema,
            .nothing = "{}",
            .read = read_rebind,
            .write = write_rebind,
            .asked = differs<&impairments::rebind>,
            .struck =
                [](const impairments&, const fate& decided) {
                    return decided.rebound || decided.why == cause::rebind;
                },
            .words = [](const impairments& asked) { return write_rebind(asked).dump(); },
            .drops_as = cause::rebind,
            .drops_called = "rebind",
            .why_dropped = why_dropped_by_rebind,
            .explain = explain_rebind,
            .explained_at = 0};
}

} // namespace badwire::link
