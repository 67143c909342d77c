#include "harness/scenario/strike_name.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/scenario/references.hpp"
#include "harness/scenario/scenario.hpp"
#include "sim/link/impairment/row.hpp"

namespace badwire::harness {
namespace {

using link::direction;

const link::impairments& first_of(const link::link_options& link, direction which)
{
    return which == direction::up ? link.up : link.down;
}

const std::vector<link::change>& changes_of(const link::link_options& link, direction which)
{
    return which == direction::up ? link.up_changes : link.down_changes;
}

bool is_asked(const link::impairment_row& row, const link::link_options& link, direction which)
{
    return row.asked(first_of(link, which)) ||
           std::ranges::any_of(changes_of(link, which),
                               [&](const link::change& one) { return row.asked(one.now); });
}

std::vector<std::string> steps_of(const std::string& name)
{
    std::vector<std::string> steps;
    for (std::size_t begin = 0; begin <= name.size();) {
        const auto end = std::min(name.find('.', begin), name.size());
        steps.push_back(name.substr(begin, end - begin));
        begin = end + 1;
    }
    return steps;
}

// The impairments that are asked for of the directions that the name concerns.
std::vector<std::string_view> asked_keys(const strike_name& name, const scenario& in)
{
    std::vector<std::string_view> keys;
    for (const link::impairment_row& row : link::impairment_table())
        for (const direction which : {direction::up, direction::down})
            if (name.concerns(which) && is_asked(row, in.links.at(name.link), which) &&
                (keys.empty() || keys.back() != row.key))
                keys.push_back(row.key);
    return keys;
}

void read_rule(strike_name& into, const std::string& number, const reading& at, const scenario& in)
{
    const auto [end, failed] =
        std::from_chars(number.data(), number.data() + number.size(), into.rule);
    const bool good = failed == std::errc() && end == number.data() + number.size();
    std::size_t most = 0;
    for (const direction which : {direction::up, direction::down})
        if (into.concerns(which))
            most = std::max(most, first_of(in.links.at(into.link), which).exact.size());
    if (into.impairment != "exact" || !good || into.rule == 0 || into.rule > most)
        at.wrong(fmt::format("no exact rule {} there; link {} begins with {} of them", number,
                             into.link, most));
}

const link::exact_rule* meant(const strike_name& name, direction which, const scenario& in)
{
    const auto& rules = first_of(in.links.at(name.link), which).exact;
    return name.rule > 0 && name.rule <= rules.size() ? &rules[name.rule - 1] : nullptr;
}

} // namespace

std::string strike_name::text() const
{
    std::string made = link;
    if (only) made += fmt::format(".{}", badwire::link::to_string(*only));
    made += "." + impairment;
    if (rule > 0) made += fmt::format(".{}", rule);
    return made;
}

strike_name read_strike_name(const reading& at, const scenario& in)
{
    constexpr std::string_view what =
        R"(LINK.IMPAIRMENT such as "wan.loss", "wan.down.loss" or "wan.down.exact.2")";
    std::vector<std::string> steps = steps_of(at.text(what));
    strike_name name;
    name.link = steps.front();
    steps.erase(steps.begin());
    check_link_name(name.link, in, at.pointer());
    if (!steps.empty() && (steps.front() == "up" || steps.front() == "down")) {
        name.only = steps.front() == "up" ? direction::up : direction::down;
        steps.erase(steps.begin());
    }
    if (steps.empty() || steps.size() > 2) at.expected(what);
    name.impairment = steps.front();
    const auto known = link::impairment_keys();
    if (std::ranges::find(known, name.impairment) == known.end())
        at.wrong(fmt::format("no impairment \"{}\"{}", name.impairment,
                             suggestion(name.impairment, known)));
    const auto asked = asked_keys(name, in);
    if (std::ranges::find(asked, name.impairment) == asked.end())
        at.wrong(fmt::format(
            "link {}{} is asked for no {}; it is asked for {}", name.link,
            name.only ? fmt::format(".{}", link::to_string(*name.only)) : "", name.impairment,
            asked.empty() ? "nothing" : fmt::format("{}", fmt::join(asked, ", "))));
    if (steps.size() == 2) read_rule(name, steps.back(), at, in);
    return name;
}

std::string rule_meant(const strike_name& name, direction which, const scenario& in)
{
    const link::exact_rule* const rule = meant(name, which, in);
    return rule == nullptr ? "" : rule->written;
}

bool means_segments(const strike_name& name, const scenario& in)
{
    const link::exact_rule* const rule = meant(name, name.only.value_or(direction::up), in);
    return rule != nullptr && rule->tcp.has_value();
}

} // namespace badwire::harness
