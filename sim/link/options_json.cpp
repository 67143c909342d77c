#include "sim/link/options_json.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "impl/base/units.hpp"

namespace badwire::link {
namespace {

using json = nlohmann::json;

constexpr std::array<std::string_view, 2> direction_keys{"loss", "delay"};
constexpr std::array<std::string_view, 4> link_keys{"loss", "delay", "up", "down"};
constexpr std::array<std::string_view, 2> delay_keys{"constant", "uniform"};

// Insertions, deletions and replacements between two words (Levenshtein).
std::size_t edits_between(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
        }
    }
    return row.back();
}

// A key may hold what a pointer gives a meaning of its own (RFC 6901).
std::string below(const std::string& pointer, std::string_view key)
{
    return (json::json_pointer(pointer) / std::string(key)).to_string();
}

void check_keys(const json& object, const std::string& pointer,
                std::span<const std::string_view> valid)
{
    for (const auto& [key, value] : object.items()) {
        if (std::ranges::find(valid, key) != valid.end()) continue;
        const auto nearest = std::ranges::min(
            valid, {}, [&](std::string_view name) { return edits_between(key, name); });
        const bool alike =
            edits_between(key, nearest) <= std::max<std::size_t>(1, nearest.size() / 2);
        throw options_error(
            below(pointer, key),
            alike ? fmt::format("no such key; did you mean \"{}\"?", nearest)
                  : fmt::format("no such key; there are \"{}\"", fmt::join(valid, "\", \"")));
    }
}

[[noreturn]] void expected(const std::string& pointer, std::string_view what, const json& found)
{
    std::string shown = found.dump(-1, ' ', false, json::error_handler_t::replace);
    if (shown.size() > 60) shown = shown.substr(0, 57) + "...";
    throw options_error(pointer, fmt::format("expected {}, found {}", what, shown));
}

double parse_loss(const json& value, const std::string& pointer)
{
    constexpr std::string_view what = "a probability from 0 to 1 such as 0.05";
    if (!value.is_number()) expected(pointer, what, value);
    const auto loss = value.get<double>();
    if (!(loss >= 0 && loss <= 1)) expected(pointer, what, value);
    return loss;
}

duration parse_one_duration(const json& value, const std::string& pointer)
{
    if (!value.is_string()) expected(pointer, duration_format, value);
    const auto parsed = parse_duration(value.get_ref<const std::string&>());
    if (!parsed) expected(pointer, duration_format, value);
    return *parsed;
}

delay_model parse_delay(const json& value, const std::string& pointer)
{
    if (value.is_string()) {
        const auto constant = parse_one_duration(value, pointer);
        return {constant, constant};
    }
    constexpr std::string_view what =
        R"(a delay such as "5ms", {"constant": "5ms"} or {"uniform": ["1ms", "9ms"]})";
    if (!value.is_object()) expected(pointer, what, value);
    check_keys(value, pointer, delay_keys);
    if (value.size() != 1) expected(pointer, what, value);
    if (value.contains("constant")) {
        const auto constant = parse_one_duration(value.at("constant"), below(pointer, "constant"));
        return {constant, constant};
    }
    const json& bounds = value.at("uniform");
    const std::string at = below(pointer, "uniform");
    if (!bounds.is_array() || bounds.size() != 2)
        expected(at, R"(the least and the most such as ["1ms", "9ms"])", bounds);
    const delay_model parsed{parse_one_duration(bounds[0], at + "/0"),
                             parse_one_duration(bounds[1], at + "/1")};
    if (parsed.least > parsed.most) expected(at, "the least before the most", bounds);
    return parsed;
}

// What `object` says, over what held before.
impairments override_with(impairments before, const json& object, const std::string& pointer)
{
    if (object.contains("loss"))
        before.loss = parse_loss(object.at("loss"), below(pointer, "loss"));
    if (object.contains("delay"))
        before.delay = parse_delay(object.at("delay"), below(pointer, "delay"));
    return before;
}

impairments parse_direction(const json& value, const std::string& pointer, const impairments& both)
{
    if (!value.is_object())
        expected(pointer, R"(an object such as {"loss": 0.05, "delay": "5ms"})", value);
    check_keys(value, pointer, direction_keys);
    return override_with(both, value, pointer);
}

json to_json(const impairments& asked)
{
    json written{{"loss", asked.loss}};
    if (asked.delay.least == asked.delay.most)
        written["delay"] = format_duration(asked.delay.least);
    else
        written["delay"]["uniform"] = {format_duration(asked.delay.least),
                                       format_duration(asked.delay.most)};
    return written;
}

} // namespace

link_options parse_link_options(const nlohmann::json& json)
{
    if (!json.is_object()) expected("", R"(a link such as {"loss": 0.05, "delay": "5ms"})", json);
    check_keys(json, "", link_keys);
    const impairments both = override_with({}, json, "");
    link_options parsed{both, both};
    if (json.contains("up")) parsed.up = parse_direction(json.at("up"), "/up", both);
    if (json.contains("down")) parsed.down = parse_direction(json.at("down"), "/down", both);
    return parsed;
}

impairments parse_impairments(const nlohmann::json& json) { return parse_direction(json, "", {}); }

nlohmann::json to_json(const link_options& options)
{
    return {{"up", to_json(options.up)}, {"down", to_json(options.down)}};
}

} // namespace badwire::link
