// How a comparison of two networks is told.
#include <array>

#include <fmt/format.h>

#include "harness/lab/differential.hpp"

namespace badwire::harness {
namespace {

constexpr std::array<const char*, 3> result_names{"agree", "differ", "inconclusive"};

} // namespace

json to_json(const comparison& made, const compared_run& one, const compared_run& other)
{
    json told{{"scenario", one.record->what->file},
              {"matrix", one.record->what->matrix},
              {"seed", one.record->seed},
              {"networks", {to_string(one.record->network), to_string(other.record->network)}},
              {"result", result_names.at(made.result)},
              {"packets", made.packets},
              {"in_common", made.in_common},
              {"first_diverging", made.first_diverging},
              {"why_inconclusive", made.why_inconclusive},
              {"differences", json::array()}};
    for (const network_difference& each : made.differences)
        told["differences"].push_back({{"of", each.of}, {"what", each.what}});
    return told;
}

std::string comparison_text(const comparison& made, const compared_run& one,
                            const compared_run& other)
{
    std::string told = fmt::format("{} and {} {}: {} (seed {})", to_string(one.record->network),
                                   to_string(other.record->network), result_names.at(made.result),
                                   one.record->what->title, one.record->seed);
    if (made.packets > 0)
        told += fmt::format("; {} of {} packets in common", made.in_common, made.packets);
    if (!made.why_inconclusive.empty()) told += "; " + made.why_inconclusive;
    for (const network_difference& each : made.differences)
        told += fmt::format("\n    {}: {}", each.of, each.what);
    if (!made.first_diverging.empty() && made.result != comparison::agree)
        told += "\n    the first packet that diverges: " + made.first_diverging;
    return told + "\n";
}

} // namespace badwire::harness
