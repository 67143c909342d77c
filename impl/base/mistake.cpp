#include "impl/base/mistake.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "impl/base/printable.hpp"

namespace badwire {
namespace {

// Insertions, deletions and replacements between two words (Levenshtein's distance).
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

} // namespace

void mistake_list::note(const mistake& one)
{
    const auto same = [&](const mistake& other) {
        return other.pointer == one.pointer && std::string_view(other.what()) == one.what();
    };
    if (std::ranges::any_of(noted_, same)) return;
    if (noted_.size() < most) noted_.push_back(one);
    else ++more_;
}

std::string suggestion(std::string_view wrong, std::span<const std::string_view> valid)
{
    constexpr std::size_t longest_name_compared = 200;
    constexpr std::size_t longest_list = 24;
    if (valid.empty() || wrong.size() > longest_name_compared) return "";
    const auto nearest = std::ranges::min(
        valid, {}, [&](std::string_view one) { return edits_between(wrong, one); });
    if (edits_between(wrong, nearest) <= std::max<std::size_t>(1, nearest.size() / 2))
        return fmt::format("; did you mean \"{}\"?", nearest);
    if (valid.size() > longest_list) return "";
    return fmt::format("; there {} \"{}\"", valid.size() == 1 ? "is" : "are",
                       fmt::join(valid, "\", \""));
}

std::string in_file(std::string_view file, const mistake& wrong)
{
    if (const auto* several = dynamic_cast<const mistakes*>(&wrong)) {
        std::vector<std::string> lines;
        for (const mistake& one : several->all) lines.push_back(in_file(file, one));
        if (several->more > 0) lines.push_back(fmt::format("{}: and {} more", file, several->more));
        return fmt::format("{}", fmt::join(lines, "\n"));
    }
    std::string line(file);
    if (wrong.place) line += fmt::format(":{}:{}", wrong.place->line, wrong.place->column);
    if (!wrong.pointer.empty()) line += ": " + wrong.pointer;
    return printable(line + ": " + wrong.what());
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

} // namespace badwire
