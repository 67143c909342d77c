#include "harness/scenario/link_parts.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "impl/apps/shared/program.hpp"
#include "impl/base/units.hpp"
#include "sim/link/impairment/row.hpp"

namespace badwire::harness {
namespace {

using link::direction;
using link::impairment_row;

constexpr std::array<direction, 2> both{direction::up, direction::down};

const link::impairments& held_at(const link::link_options& link, direction which,
                                 std::optional<duration> at)
{
    const auto& changes = which == direction::up ? link.up_changes : link.down_changes;
    const link::impairments* held = which == direction::up ? &link.up : &link.down;
    for (const link::change& one : changes)
        if (at && one.at <= *at) held = &one.now;
    return *held;
}

// Collects the parts of one object of a scenario that holds impairments: of a link, or of a change.
class collector {
public:
    collector(const scenario& in, const std::string& link, std::vector<link_part>& into)
        : in_(in), link_(link), into_(into)
    {
    }

    void collect(const json& from, const std::string& pointer, std::optional<duration> at)
    {
        for (const impairment_row& row : link::impairment_table()) {
            const std::string key(row.key);
            const auto inside = [&](direction which) {
                const auto own = from.find(link::to_string(which));
                return own != from.end() && own->contains(key);
            };
            if (from.contains(key)) {
                const bool up = !inside(direction::up);
                const bool down = !inside(direction::down);
                std::optional<direction> only;
                if (up != down) only = up ? direction::up : direction::down;
                if (up || down) add(row, only, pointer + "/" + key, at);
            }
            for (const direction which : both)
                if (inside(which))
                    add(row, which, fmt::format("{}/{}/{}", pointer, link::to_string(which), key),
                        at);
        }
    }

private:
    void add(const impairment_row& row, std::optional<direction> only, const std::string& pointer,
             std::optional<duration> at)
    {
        strike_name name{link_, only, std::string(row.key), 0};
        const auto& options = in_.links.at(link_);
        const bool asked = std::ranges::any_of(both, [&](direction which) {
            return name.concerns(which) && row.asked(held_at(options, which, at));
        });
        if (!asked) return;
        if (row.key != "exact" || at) {
            note({name, pointer});
            return;
        }
        const auto& rules = held_at(options, only.value_or(direction::up), {}).exact;
        for (std::size_t i = 0; i < rules.size(); ++i) {
            name.rule = i + 1;
            note({name, fmt::format("{}/{}", pointer, i)});
        }
    }

    // A change may ask for more of what is asked for already.
    void note(link_part part)
    {
        const bool known = std::ranges::any_of(
            into_, [&](const link_part& other) { return other.name.text() == part.name.text(); });
        if (!known) into_.push_back(std::move(part));
    }

    const scenario& in_;
    const std::string& link_;
    std::vector<link_part>& into_;
};

void each_link(const scenario& in,
               const std::function<void(const std::string&, const json&, const std::string&)>& use)
{
    const auto links = in.asked.find("links");
    if (links == in.asked.end() || !links->is_object()) return;
    for (const auto& [name, asked] : links->items())
        if (asked.is_object()) use(name, asked, "/links" + pointer_step(name));
}

// How the programs of a link talk: nothing is known of commands.
enum class transport { unknown, datagrams, connections };

// The course's sections say it of every program of its own.
transport transport_of(const process_spec& process)
{
    const apps::program* const program = apps::find_program(process.program);
    if (program == nullptr) return transport::unknown;
    if (program->multicast) return transport::datagrams;
    constexpr std::array<std::string_view, 5> by_datagrams{"3.1", "3.2", "Q1b", "Q4", "Q5b"};
    constexpr std::array<std::string_view, 5> by_connections{"Q1a", "Q2", "Q3", "Q5a", "Q6"};
    const std::string_view section = program->section;
    if (std::ranges::find(by_datagrams, section) != by_datagrams.end()) return transport::datagrams;
    if (section.starts_with("4.") ||
        std::ranges::find(by_connections, section) != by_connections.end())
        return transport::connections;
    return transport::unknown;
}

bool all_talk_by(transport one, const std::vector<const process_spec*>& users)
{
    return std::ranges::all_of(
        users, [&](const process_spec* process) { return transport_of(*process) == one; });
}

// Whether the rate that an AQM would manage is asked for, at any time.
bool has_rate(const link_part& part, const scenario& in)
{
    const auto& link = in.links.at(part.name.link);
    return std::ranges::any_of(both, [&](direction which) {
        if (!part.name.concerns(which)) return false;
        const auto& changes = which == direction::up ? link.up_changes : link.down_changes;
        return (which == direction::up ? link.up : link.down).rate.limited() ||
               std::ranges::any_of(changes,
                                   [](const link::change& one) { return one.now.rate.limited(); });
    });
}

std::string why_sure(const link_part& part, const scenario& in)
{
    const auto users = users_of(in, part.name.link);
    const impairment_row& row = *link::find_impairment(part.name.impairment);
    if (users.empty()) return {}; // said of the link
    if (means_segments(part.name, in))
        return all_talk_by(transport::datagrams, users)
                   ? fmt::format("no TCP goes over {}, and the rule is about its segments",
                                 part.name.link)
                   : "";
    if (row.key == "aqm" && !has_rate(part, in))
        return "it manages the queue of a rate, and there is no \"rate\"";
    if (!row.of_connections && all_talk_by(transport::connections, users) &&
        std::ranges::none_of(in.networks, carries_frames))
        return fmt::format("only TCP goes over {}, and {} concerns datagrams", part.name.link,
                           row.key);
    if (!row.of_datagrams && all_talk_by(transport::datagrams, users))
        return fmt::format("no TCP goes over {}, and {} concerns connections", part.name.link,
                           row.key);
    return {};
}

} // namespace

std::vector<link_part> link_parts(const scenario& in)
{
    std::vector<link_part> parts;
    each_link(in, [&](const std::string& name, const json& asked, const std::string& pointer) {
        collector collects(in, name, parts);
        collects.collect(asked, pointer, {});
    });
    for (const link_change& change : link_changes(in)) {
        collector collects(in, change.link, parts);
        collects.collect(in.asked.at(json::json_pointer(change.pointer)), change.pointer,
                         change.at);
    }
    return parts;
}

std::vector<link_change> link_changes(const scenario& in)
{
    std::vector<link_change> changes;
    each_link(in, [&](const std::string& name, const json& asked, const std::string& pointer) {
        auto schedule = asked.find("schedule");
        if (schedule == asked.end()) return;
        std::string where = pointer + "/schedule";
        if (schedule->is_object() && schedule->contains("changes")) {
            schedule = schedule->find("changes");
            where += "/changes";
        }
        if (!schedule->is_array()) return;
        for (std::size_t i = 0; i < schedule->size(); ++i) {
            const json& one = schedule->at(i);
            const json at = one.is_object() ? one.value("at", json()) : json();
            const auto moment =
                at.is_string() ? parse_duration(at.get<std::string>()) : std::nullopt;
            if (!moment) continue; // a mistake, which is noted
            const bool common =
                std::ranges::any_of(link::impairment_keys(),
                                    [&](std::string_view key) { return one.contains(key); }) ||
                one.contains("preset");
            changes.push_back({fmt::format("{}.schedule.{}", name, i + 1), name,
                               common || one.contains("up"), common || one.contains("down"),
                               *moment, fmt::format("{}/{}", where, i)});
        }
    });
    return changes;
}

std::vector<const process_spec*> users_of(const scenario& in, const std::string& link)
{
    std::vector<const process_spec*> users;
    for (const process_spec& process : in.processes)
        if (process.over == link ||
            std::ranges::find(process.over_then, link) != process.over_then.end())
            users.push_back(&process);
    for (const process_spec* peer : in.peers_on(link)) users.push_back(peer);
    return users;
}

bool may_miss(const scenario& in, const std::string& name)
{
    return std::ranges::any_of(in.may_miss, [&](const std::string& allowed) {
        return name == allowed || name.starts_with(allowed + ".");
    });
}

std::vector<mistake> sure_misses(const scenario& in)
{
    std::vector<mistake> misses;
    const auto note = [&](const std::string& name, const std::string& pointer,
                          const std::string& why) {
        if (!why.empty() && !may_miss(in, name))
            misses.emplace_back(pointer, fmt::format("{} does nothing: {}", name, why));
    };
    each_link(in, [&](const std::string& name, const json&, const std::string& pointer) {
        const bool only_direct = std::ranges::all_of(
            in.networks, [](network_kind one) { return one == network_kind::direct; });
        if (users_of(in, name).empty())
            note(name, pointer, fmt::format("no process goes \"over\" link {}", name));
        else if (only_direct)
            note(name, pointer, "the scenario runs on direct only, where nothing stands between");
    });
    for (const link_part& part : link_parts(in))
        note(part.name.text(), part.pointer, why_sure(part, in));
    for (const link_change& change : link_changes(in))
        if (change.at >= in.time_limit)
            note(change.name, change.pointer,
                 fmt::format("it comes {} after the start, and a run ends after {} at the latest",
                             format_duration(change.at), format_duration(in.time_limit)));
    return misses;
}

} // namespace badwire::harness
