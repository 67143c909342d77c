#include "harness/judge/vacuous.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "harness/scenario/link_parts.hpp"
#include "impl/base/units.hpp"
#include "sim/link/impairment/row.hpp"

namespace badwire::harness {
namespace {

using link::direction;

// What one direction of a link counted, of all directions that a name concerns.
struct use {
    std::uint64_t offered = 0;
    std::uint64_t connections = 0;
    std::uint64_t matched = 0; // by the rule that is meant
    std::uint64_t struck = 0;
    std::optional<double> last_used_ms;
};

void add_rule(use& into, const json& counted, const std::string& written)
{
    for (const json& one : counted.value("rules", json::array())) {
        // Keys in one order, as the rule was written down when it was read.
        if (nlohmann::json(one["rule"]).dump() != written) continue;
        into.matched += one["matched"].get<std::uint64_t>();
        into.struck += one["struck"].get<std::uint64_t>();
    }
}

use use_of(const strike_name& name, const run_record& run)
{
    use all;
    if (!run.links.contains(name.link)) return all;
    for (const direction which : {direction::up, direction::down}) {
        if (!name.concerns(which)) continue;
        const json& counted = run.links[name.link][std::string(link::to_string(which))];
        all.offered += counted.value("offered", std::uint64_t{0});
        all.connections += counted.value("connections", std::uint64_t{0});
        const json& last = counted["last_used_ms"];
        if (last.is_number())
            all.last_used_ms = std::max(all.last_used_ms.value_or(0), last.get<double>());
        if (name.rule > 0) add_rule(all, counted, rule_meant(name, which, *run.what));
        else all.struck += counted["struck"].value(name.impairment, std::uint64_t{0});
    }
    return all;
}

bool was_used(const std::string& link, const run_record& run)
{
    return use_of({link, {}, "", 0}, run).last_used_ms.has_value();
}

std::vector<std::string> without_links(const run_record& run)
{
    const auto& own = run.what->networks;
    std::vector<std::string> lines;
    if (std::ranges::find(own, network_kind::direct) != own.end() && own.size() > 1) return lines;
    for (const auto& [name, asked] : run.what->links)
        if (!may_miss(*run.what, name))
            lines.push_back(fmt::format("{}: on the network direct nothing stands between", name));
    return lines;
}

// The links that nothing went over; all else about them would only repeat that.
std::set<std::string> note_unused_links(const run_record& run, std::vector<std::string>& lines)
{
    std::set<std::string> unused;
    for (const auto& [name, asked] : run.what->links) {
        if (was_used(name, run)) continue;
        unused.insert(name);
        if (may_miss(*run.what, name)) continue;
        lines.push_back(users_of(*run.what, name).empty()
                            ? fmt::format("{0}: no process goes \"over\" link {0}", name)
                            : fmt::format("{0}: nothing was sent over link {0}", name));
    }
    return unused;
}

void note_late_changes(const run_record& run, const std::set<std::string>& unused,
                       std::vector<std::string>& lines)
{
    for (const link_change& change : link_changes(*run.what)) {
        if (unused.contains(change.link) || may_miss(*run.what, change.name)) continue;
        std::optional<direction> only;
        if (change.up != change.down) only = change.up ? direction::up : direction::down;
        const auto last = use_of({change.link, only, "", 0}, run).last_used_ms;
        const double at_ms = std::chrono::duration<double, std::milli>(change.at).count();
        if (last && *last >= at_ms) continue;
        lines.push_back(fmt::format("{}: the change at {} came after the last packet{}",
                                    change.name, format_duration(change.at),
                                    last ? fmt::format(", at {:.3g} s", *last / 1000) : ""));
    }
}

bool happened(const process_fault& fault, const run_record& run)
{
    return std::ranges::any_of(run.faults,
                               [&](const json& one) { return one["fault"] == fault.name; });
}

// How many packets and connections a partition has stopped, on all links.
std::uint64_t stopped_by(const link::partition& one, const run_record& run)
{
    std::uint64_t all = 0;
    for (const auto& [name, link] : run.links.items())
        for (const char* way : {"up", "down"})
            all += link[way].value("partitions", json::object()).value(one.name, std::uint64_t{0});
    return all;
}

void note_idle_partitions(const run_record& run, std::vector<std::string>& lines)
{
    for (const link::partition& one : run.what->partitions) {
        if (may_miss(*run.what, one.name) || stopped_by(one, run) > 0) continue;
        const std::string at = format_duration(one.from);
        lines.push_back(
            run.elapsed <= one.from
                ? fmt::format("{}: the run was over before the partition at {}", one.name, at)
                : fmt::format("{}: the partition at {} stopped nothing", one.name, at));
    }
}

} // namespace

std::uint64_t strikes_of(const strike_name& name, const run_record& run)
{
    return use_of(name, run).struck;
}

std::string why_missed(const strike_name& name, const run_record& run)
{
    if (run.network == network_kind::direct) return "on the network direct nothing stands between";
    const use seen = use_of(name, run);
    const std::string way = name.only
                                ? fmt::format("{} link {}", link::to_string(*name.only), name.link)
                                : fmt::format("over link {}", name.link);
    if (!seen.last_used_ms) return fmt::format("nothing was sent {}", way);
    if (name.rule > 0 && seen.matched > 0)
        return fmt::format("{} packet{} matched, but not as many as the rule's \"nth\" asks for",
                           seen.matched, seen.matched == 1 ? "" : "s");
    if (means_segments(name, *run.what)) return "none of its TCP segments matched";
    const link::impairment_row& row = *link::find_impairment(name.impairment);
    if (!row.of_connections && seen.offered == 0)
        return fmt::format("only TCP went {}, and {} concerns datagrams", way, row.key);
    if (!row.of_datagrams && seen.connections == 0)
        return fmt::format("no TCP connection went {}", way);
    if (name.rule > 0) return fmt::format("none of {} packets matched", seen.offered);
    if (seen.offered == 0)
        return fmt::format("it touched none of {} connections", seen.connections);
    return fmt::format("it struck none of {} packets", seen.offered);
}

std::vector<std::string> vacuous(const run_record& run)
{
    if (run.network == network_kind::direct) return without_links(run);
    std::vector<std::string> lines;
    const auto unused = note_unused_links(run, lines);
    note_late_changes(run, unused, lines);
    for (const link_part& part : link_parts(*run.what)) {
        const std::string name = part.name.text();
        if (unused.contains(part.name.link) || may_miss(*run.what, name)) continue;
        if (strikes_of(part.name, run) == 0)
            lines.push_back(fmt::format("{}: {}", name, why_missed(part.name, run)));
    }
    for (const process_fault& fault : run.what->faults)
        if (!happened(fault, run) && !may_miss(*run.what, fault.name))
            lines.push_back(fmt::format("{}: \"{}\" never happened", fault.name, fault.words()));
    note_idle_partitions(run, lines);
    for (const expectation& one : run.what->expectations)
        if (const auto* healed = std::get_if<recovery_expected>(&one);
            healed != nullptr && run.elapsed < healed->heal_at)
            lines.push_back(
                fmt::format("recovers: the run was over before the links were healed at {}",
                            format_duration(healed->heal_at)));
    return lines;
}

} // namespace badwire::harness
