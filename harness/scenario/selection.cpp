#include "harness/scenario/selection.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/scenario/matrix.hpp"

namespace badwire::harness {
namespace {

bool belongs_to_name(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

// The length of the name at the beginning, if = follows it; else 0.
std::size_t name_length(std::string_view text)
{
    const auto end = std::ranges::find_if_not(text, belongs_to_name);
    const auto length = static_cast<std::size_t>(end - text.begin());
    return end != text.end() && *end == '=' ? length : 0;
}

bool is_written_so(const json& value, const std::string& given)
{
    return word_of(value) == given || value.dump() == given ||
           json::parse(given, nullptr, false) == value;
}

} // namespace

selection parse_selection(std::string_view text)
{
    selection made;
    while (!text.empty()) {
        const std::size_t length = name_length(text);
        if (length == 0)
            throw mistake("", fmt::format("expected parameters of the matrix and their values such "
                                          "as loss=0.05,window=8, found \"{}\"",
                                          text));
        std::size_t end = text.find(',', length);
        while (end != std::string_view::npos && name_length(text.substr(end + 1)) == 0)
            end = text.find(',', end + 1);
        made.emplace_back(text.substr(0, length), text.substr(length + 1, end - length - 1));
        text.remove_prefix(std::min(text.size(), end == std::string_view::npos ? end : end + 1));
    }
    return made;
}

std::string to_selection(const json& combination)
{
    std::string made;
    for (const auto& [name, value] : combination.items())
        made += fmt::format("{}{}={}", made.empty() ? "" : ",", name, word_of(value));
    return made;
}

bool is_selected(const scenario& one, const selection& by)
{
    return std::ranges::all_of(by, [&](const auto& asked) {
        const auto found = one.matrix.find(asked.first);
        return found != one.matrix.end() && is_written_so(*found, asked.second);
    });
}

void check_selection(const std::vector<scenario>& among, const selection& by)
{
    if (among.empty() ||
        std::ranges::any_of(among, [&](const scenario& one) { return is_selected(one, by); }))
        return;
    for (const auto& [name, value] : by) {
        std::vector<std::string> names;
        std::vector<std::string> values;
        for (const scenario& one : among)
            for (const auto& [known, its] : one.matrix.items()) {
                if (std::ranges::find(names, known) == names.end()) names.push_back(known);
                if (known == name && std::ranges::find(values, word_of(its)) == values.end())
                    values.push_back(word_of(its));
            }
        if (values.empty())
            throw mistake("", fmt::format("only: no parameter \"{}\" in the matrix{}", name,
                                          suggestion(name, names)));
        const bool there = std::ranges::any_of(among, [&](const scenario& one) {
            return is_selected(one, {{name, value}});
        });
        if (!there)
            throw mistake("", fmt::format("only: the parameter {} is never {}; it is {}", name,
                                          value, fmt::join(values, ", ")));
    }
    throw mistake("", "only: no combination of the matrix has all of these values at once");
}

} // namespace badwire::harness
