// What the director tells a process: where it finds others, what ${…} stands for, its arguments.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/run/director.hpp"
#include "harness/run/run_folder.hpp"
#include "harness/scenario/references.hpp"
#include "impl/apps/shared/program.hpp"
#include "impl/base/address.hpp"

namespace badwire::harness {

// Where a process finds the one it goes to: there, or at its own entrance to the link.
net::udp::endpoint director::destination(supervised& from)
{
    const supervised& target = find(from.spec->to);
    if (from.spec->over.empty() || scenario_.links.empty() || !stage_.has_entrances())
        return target.address;
    if (from.entrance) return *from.entrance;
    // From the last link on: each leads to the entrance of the next.
    net::udp::endpoint way = target.address;
    for (auto link = from.spec->over_then.rbegin(); link != from.spec->over_then.rend(); ++link)
        way = stage_.open_link(*link, way, from.spec->name);
    from.entrance = stage_.open_link(from.spec->over, way, from.spec->name);
    return *from.entrance;
}

// Where a process finds another with which it shares a link. Each ordered pair is a flow.
net::udp::endpoint director::peer_address(supervised& from, const std::string& link_and_name)
{
    const auto dot = link_and_name.find('.');
    const std::string link = link_and_name.substr(0, dot);
    supervised& to = find(link_and_name.substr(dot + 1));
    if (!stage_.has_entrances()) return to.address;
    if (const auto known = from.peers.find(link_and_name); known != from.peers.end())
        return known->second;
    const auto open = [&](supervised& one, supervised& other) {
        const auto entrance =
            stage_.open_link(link, other.address, one.spec->name + ">" + other.spec->name);
        return one.peers.emplace(link + "." + other.spec->name, entrance).first->second;
    };
    auto there = open(from, to);
    stage_.join_entrances(link, there, open(to, from));
    return there;
}

// "b=127.0.0.1:20001,c=127.0.0.1:20002"
std::string director::all_peers(supervised& from, const std::string& link)
{
    std::vector<std::string> all;
    for (const process_spec* peer : scenario_.peers_on(link))
        if (peer != from.spec)
            all.push_back(fmt::format("{}={}", peer->name,
                                      to_text(peer_address(from, link + "." + peer->name))));
    return fmt::format("{}", fmt::join(all, ","));
}

std::string director::resolve(supervised& one, const std::string& text)
{
    return substitute(text, one.spec->pointer, [&](std::string_view name) -> std::string {
        const reference found = *parse_reference(name, scenario_);
        switch (found.what) {
        case referent::own_folder: return (folder_ / one.spec->name).string();
        case referent::run_folder: return folder_.string();
        case referent::scenario_folder: return scenario_.folder.string();
        case referent::seed: return std::to_string(record_.seed);
        case referent::index: return std::to_string(one.spec->place + 1);
        case referent::metrics_file: return one.metrics_file.string();
        case referent::work:
            return std::to_string(one.spec->load->work_of(*one.spec, record_.seed));
        case referent::group: return one.group.address().to_string();
        case referent::group_port: return std::to_string(one.group.port());
        case referent::own_port: return std::to_string(one.address.port());
        case referent::target_host:
        case referent::link_host: return destination(one).address().to_string();
        case referent::target_port:
        case referent::link_port: return std::to_string(destination(one).port());
        case referent::peer_host: return peer_address(one, found.object).address().to_string();
        case referent::peer_port: return std::to_string(peer_address(one, found.object).port());
        case referent::peers: return all_peers(one, found.object);
        case referent::process_host: return find(found.object).address.address().to_string();
        case referent::process_port: return std::to_string(find(found.object).address.port());
        }
        return {};
    });
}

// Of a program that writes with one other: where it finds the only other one on its link.
std::optional<net::udp::endpoint> director::only_peer(supervised& one)
{
    if (apps::find_program(one.spec->program)->role != apps::role::peer) return {};
    for (const auto& [link, names] : scenario_.between) {
        const auto peers = scenario_.peers_on(link);
        if (peers.size() != 2 || std::ranges::find(peers, one.spec) == peers.end()) continue;
        return peer_address(one, link + "." + peers[peers.front() == one.spec ? 1 : 0]->name);
    }
    return {};
}

namespace {

// As JSON; a file of arrivals was copied into the process's own folder.
std::string load_option(const process_spec& spec, json value)
{
    if (value.is_object() && value.contains("file"))
        value["file"] = spec.load->file.filename().string();
    return value.dump();
}

} // namespace

// The arguments of a process: its own, and for a program of badwire's the ones that "to" stands
// for.
std::vector<std::string> director::arguments(supervised& one)
{
    const process_spec& spec = *one.spec;
    std::vector<std::string> words;
    for (const auto& word : spec.words) words.push_back(resolve(one, word));
    if (spec.program.empty()) {
        for (auto& word : words) word = word_of_command(scenario_, word, &word == &words.front());
        return words;
    }
    const auto add = [&](const std::string& option, const std::string& value) {
        const bool given = std::any_of(spec.words.begin(), spec.words.end(), [&](const auto& word) {
            return word == option || word.starts_with(option + "=");
        });
        if (!given) words.insert(words.end(), {option, value});
    };
    if (spec.load && spec.program == load_program)
        for (const auto& [key, value] : spec.load->asked.items())
            add("--" + key, load_option(spec, value));
    const apps::program& program = *apps::find_program(spec.program);
    if (program.multicast) {
        add("--group", one.group.address().to_string());
        add("--port", std::to_string(one.group.port()));
    } else if (!spec.to.empty() && program.role == apps::role::peer) {
        const auto target = destination(one);
        add("--peer", to_text(target));
        add("--port", std::to_string(one.address.port()));
    } else if (const auto peer = only_peer(one)) {
        add("--peer", to_text(*peer));
        add("--port", std::to_string(one.address.port()));
    } else if (!spec.to.empty()) {
        const auto target = destination(one);
        add("--host", target.address().to_string());
        add("--port", std::to_string(target.port()));
    } else if (program.role != apps::role::client) {
        add("--port", std::to_string(one.address.port()));
    }
    return words;
}

} // namespace badwire::harness
