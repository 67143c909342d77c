#include "harness/scenario/partitions.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "harness/scenario/parts.hpp"
#include "harness/scenario/references.hpp"
#include "impl/base/units.hpp"

namespace badwire::harness {
namespace {

constexpr std::string_view such_groups =
    R"(groups of processes such as [["a", "b"], ["c"]], or {"from": ["a"], "to": ["c"]})";

// The processes that these names mean, each by its own name.
std::vector<std::string> read_group(const reading& at, const scenario& in,
                                    const std::vector<std::vector<std::string>>& before)
{
    std::vector<std::string> members;
    for (const std::string& name : read_names(at)) {
        check_process_name(name, in, at.pointer());
        for (const process_spec* one : in.family(name)) {
            const auto has_it = [&](const auto& group) {
                return std::ranges::find(group, one->name) != group.end();
            };
            if (has_it(members) || std::ranges::any_of(before, has_it))
                at.wrong(fmt::format("{} is in two groups", one->name));
            members.push_back(one->name);
        }
    }
    if (members.empty()) at.expected("the names of processes");
    return members;
}

void read_groups(const reading& at, const scenario& in, link::partition& into)
{
    if (at.value().is_object()) {
        at.check_object(such_groups, {"from", "to"});
        into.one_way = true;
        for (const char* key : {"from", "to"})
            at.need(key, "the names of processes", [&](const reading& group) {
                into.groups.push_back(read_group(group, in, into.groups));
            });
        return;
    }
    at.check_array(such_groups, 2);
    at.each([&](const reading& group) {
        group.check_array("a group of processes such as [\"a\", \"b\"]", 1);
        into.groups.push_back(read_group(group, in, into.groups));
    });
}

// What one process sends to the other directly, if anything: whether a link is there to stop it.
enum class between { nothing, no_link, link };

between lies_between(const scenario& in, const process_spec& a, const process_spec& b)
{
    for (const auto& [name, members] : in.between) {
        const auto peers = in.peers_on(name);
        const auto has = [&](const process_spec& one) {
            return std::ranges::find(peers, &one) != peers.end();
        };
        if (has(a) && has(b)) return between::link;
    }
    const bool members = a.multicast && b.multicast;
    if (members) return a.over.empty() || b.over.empty() ? between::no_link : between::link;
    const process_spec* client = b.is_called(a.to) ? &a : a.is_called(b.to) ? &b : nullptr;
    if (client == nullptr) return between::nothing;
    return client->over.empty() ? between::no_link : between::link;
}

void check_links(const reading& at, const scenario& in, const link::partition& read)
{
    bool any = false;
    for (std::size_t i = 0; i < read.groups.size(); ++i)
        for (std::size_t j = i + 1; j < read.groups.size(); ++j)
            for (const std::string& a : read.groups[i])
                for (const std::string& b : read.groups[j]) {
                    const auto found = lies_between(in, *in.find(a), *in.find(b));
                    any |= found == between::link;
                    if (found == between::no_link)
                        at.wrong(fmt::format("what {} and {} send each other goes over no link, so "
                                             "nothing can stop it; give "
                                             "them a link, by \"over\" or by a link's \"between\"",
                                             a, b));
                }
    if (!any)
        at.wrong("no link lies between these groups: none of their processes goes to one of "
                 "another group, "
                 "or shares a link with it");
}

bool holds_at(const link::partition& one, duration at) { return one.from < at && at <= one.until; }

} // namespace

void read_heal(const reading& at, scenario& into)
{
    if (!at.has("at") || !at.at("at").value().is_string()) return; // a mistake, which is noted
    const duration when = at.at("at").time();
    if (std::ranges::none_of(into.partitions, [&](const auto& one) { return holds_at(one, when); }))
        at.wrong(fmt::format("no partition holds at {}, so there is nothing to heal",
                             format_duration(when)));
    for (link::partition& one : into.partitions)
        if (holds_at(one, when)) one.until = when;
}

bool is_of_partitions(const reading& at) { return at.has("partition") || at.has("heal"); }

void read_partition(const reading& at, const std::string& name, scenario& into)
{
    at.check_object(
        R"(a partition such as {"partition": [["a", "b"], ["c"]], "at": "2s", "for": "3s"})",
        {"partition", "heal", "at", "for"});
    link::partition read{.name = name};
    at.need("at", "a time since the run's start, such as \"2s\"",
            [&](const reading& time) { read.from = time.time(); });
    if (at.has("heal")) {
        for (const char* other : {"partition", "for"})
            if (at.has(other)) at.at(other).wrong("\"heal\" stands alone, with its time \"at\"");
        at.with("heal", [&](const reading& ends) {
            if (!ends.truth()) ends.expected("true");
        });
        return;
    }
    at.with("for", [&](const reading& time) {
        const auto lasts = time.time();
        if (lasts == duration(0)) time.expected("a time above zero");
        read.until = read.from + lasts;
    });
    if (!at.with("partition", [&](const reading& groups) {
            const auto before = groups.found().count();
            read_groups(groups, into, read);
            if (groups.found().count() == before) check_links(groups, into, read);
        }))
        return;
    into.partitions.push_back(std::move(read));
}

void partition_links(scenario& in)
{
    if (in.partitions.empty()) return;
    std::map<std::string, std::string, std::less<>> goes_to;
    for (const process_spec& one : in.processes)
        if (!one.to.empty() && !one.over.empty()) goes_to[one.name] = one.to;
    for (auto& [name, options] : in.links) {
        options.partitions = in.partitions;
        options.goes_to = goes_to;
    }
}

} // namespace badwire::harness
