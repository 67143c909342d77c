#include "harness/mistake.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/ranges.h>

namespace badwire::harness {
namespace {

// Levenshtein's distance: insertions, deletions and substitutions from one name to the other.
std::size_t edit_distance(std::string_view from, std::string_view to)
{
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t substituted = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, substituted});
        }
    }
    return row.back();
}

} // namespace

std::string suggestion(std::string_view wrong, std::span<const std::string> valid)
{
    constexpr std::size_t longest_name_compared = 200;
    constexpr std::size_t longest_list = 12;
    if (valid.empty() || wrong.size() > longest_name_compared) return "";
    const auto nearest = std::min_element(valid.begin(), valid.end(), [&](auto& a, auto& b) {
        return edit_distance(wrong, a) < edit_distance(wrong, b);
    });
    if (edit_distance(wrong, *nearest) <= std::max<std::size_t>(1, nearest->size() / 2))
        return fmt::format("; did you mean \"{}\"?", *nearest);
    if (valid.size() > longest_list) return "";
    return fmt::format("; there is {}", fmt::join(valid, ", "));
}

std::string pointer_step(std::string_view key)
{
    std::string step = "/";
    for (const char c : key) {
        if (c == '~') step += "~0";
        else if (c == '/') step += "~1";
        else step += c;
    }
    return step;
}

} // namespace badwire::harness
