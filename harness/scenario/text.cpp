#include "harness/scenario/text.hpp"

#include <algorithm>

#include "harness/scenario/schema.hpp"

namespace badwire::harness {
namespace {

constexpr int deepest_nesting = 64;
constexpr std::size_t most_combinations = 10'000;

json parse_text(std::string_view text)
{
    if (text.size() > largest_scenario_bytes)
        throw mistake("", fmt::format("too large: a scenario has at most {} MiB",
                                      largest_scenario_bytes >> 20));
    const auto not_too_deep = [](int depth, json::parse_event_t, json&) {
        if (depth > deepest_nesting)
            throw mistake(
                "", fmt::format("nested too deep: at most {} levels are allowed", deepest_nesting));
        return true;
    };
    try {
        return json::parse(text, not_too_deep);
    } catch (const json::parse_error& error) {
        // "[json.exception.parse_error.101] parse error at line 3, column 5: …"
        std::string reason = error.what();
        if (const auto end = reason.find("] "); end != std::string::npos) reason.erase(0, end + 2);
        throw mistake("", "broken JSON: " + reason);
    }
}

// Every combination of the matrix, the last parameter changing fastest.
std::vector<json> combinations(const json& matrix)
{
    std::vector<json> all{json::object()};
    for (const auto& [name, values] : matrix.items()) {
        std::vector<json> longer;
        for (const json& shorter : all)
            for (const json& value : values) {
                longer.push_back(shorter);
                longer.back()[name] = value;
                if (longer.size() > most_combinations)
                    throw mistake("/matrix",
                                  fmt::format("more than {} combinations", most_combinations));
            }
        all = std::move(longer);
    }
    return all;
}

// Puts this combination's values in.
void put_in(json& part, const json& combination, const std::string& pointer)
{
    constexpr std::string_view prefix = "${matrix.";
    if (part.is_structured()) {
        for (auto& [key, value] : part.items())
            put_in(value, combination, pointer + pointer_step(key));
        return;
    }
    if (!part.is_string()) return;
    const std::string text = part.get<std::string>();
    std::string replaced;
    std::size_t done = 0;
    for (std::size_t start = 0; (start = text.find(prefix, done)) != std::string::npos;) {
        const auto end = text.find('}', start);
        if (end == std::string::npos)
            throw mistake(pointer, "a reference that does not end: expected }");
        const std::string name = text.substr(start + prefix.size(), end - start - prefix.size());
        if (!combination.contains(name)) {
            std::vector<std::string> valid;
            for (const auto& [key, ignored] : combination.items()) valid.push_back(key);
            throw mistake(pointer, fmt::format("no parameter \"{}\" in the matrix{}", name,
                                               suggestion(name, valid)));
        }
        if (start == 0 && end + 1 == text.size()) {
            part = combination[name];
            return;
        }
        replaced += text.substr(done, start - done) + as_text(combination[name]);
        done = end + 1;
    }
    part = replaced + text.substr(done);
}

} // namespace

std::string as_text(const json& value)
{
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::vector<expanded_scenario> expand_scenario(std::string_view text)
{
    const json parsed = parse_text(text);
    const json matrix =
        parsed.is_object() ? parsed.value("matrix", json::object()) : json::object();
    const auto is_list = [](const json& values) { return values.is_array() && !values.empty(); };
    if (!matrix.is_object() || !std::all_of(matrix.begin(), matrix.end(), is_list))
        check_against_schema(parsed);
    std::vector<expanded_scenario> expanded;
    for (json& combination : combinations(matrix)) {
        json asked = parsed;
        put_in(asked, combination, "");
        expanded.push_back({std::move(combination), std::move(asked)});
    }
    return expanded;
}

std::string substitute(std::string_view text, const std::string& pointer,
                       const std::function<std::optional<std::string>(std::string_view)>& look_up)
{
    std::string result;
    for (std::size_t start = 0; (start = text.find("${")) != std::string_view::npos;) {
        const auto end = text.find('}', start);
        if (end == std::string_view::npos)
            throw mistake(pointer, "a reference that does not end: expected }");
        const auto name = text.substr(start + 2, end - start - 2);
        const auto value = look_up(name);
        if (!value) throw mistake(pointer, fmt::format("a reference to nothing: ${{{}}}", name));
        result.append(text.substr(0, start)).append(*value);
        text.remove_prefix(end + 1);
    }
    return result.append(text);
}

} // namespace badwire::harness
