#include "sim/link/strike_counter.hpp"

#include <algorithm>

#include "sim/link/exact.hpp"
#include "sim/link/impairment/row.hpp"

namespace badwire::link {
namespace {

void note(const exact_matcher& one, std::vector<rule_strikes>& into)
{
    const std::string& written = one.rule().written;
    const auto known = std::ranges::find(into, written, &rule_strikes::written);
    auto& entry = known == into.end() ? into.emplace_back(rule_strikes{written}) : *known;
    entry.matched += one.matched();
    entry.struck += one.struck();
}

} // namespace

void strike_counter::watch(const impairments& asked)
{
    const auto table = impairment_table();
    struck_.resize(table.size());
    watched_.clear();
    for (std::size_t i = 0; i < table.size(); ++i)
        if (table[i].struck != nullptr && table[i].asked(asked)) watched_.push_back(i);
}

void strike_counter::count(const impairments& asked, const fate& decided)
{
    const auto table = impairment_table();
    for (const std::size_t place : watched_)
        if (table[place].struck(asked, decided)) ++struck_[place];
}

void strike_counter::retire(const exact_matcher& rule) { note(rule, retired_); }

void strike_counter::stream_struck(std::string_view impairment)
{
    ++struck_.at(place_in_table(impairment));
}

strikes strike_counter::so_far(std::span<const exact_matcher> in_force) const
{
    strikes made{struck_, retired_, streams_, last_used_};
    for (const exact_matcher& one : in_force) note(one, made.rules);
    return made;
}

} // namespace badwire::link
