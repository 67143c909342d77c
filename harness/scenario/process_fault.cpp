#include "harness/scenario/process_fault.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "harness/scenario/references.hpp"
#include "harness/scenario/scenario.hpp"
#include "sim/link/match_json.hpp"

namespace badwire::harness {
namespace {

// In the order of process_action.
constexpr std::array<std::string_view, 4> actions{"kill", "restart", "pause", "continue"};
constexpr std::array<std::string_view, 3> triggers{"at", "packet", "line"};

// The only one of these keys that is there.
std::string_view only_one(const reading& at, std::span<const std::string_view> keys,
                          std::string_view what)
{
    std::string_view found;
    for (const std::string_view key : keys) {
        if (!at.has(key)) continue;
        if (!found.empty())
            at.wrong(fmt::format("has both \"{}\" and \"{}\"; expected one of them", found, key));
        found = key;
    }
    if (found.empty()) at.wrong(fmt::format("expected {}", what));
    return found;
}

process_fault::packet_trigger read_packet(const reading& at, const scenario& in,
                                          const link::surroundings& around)
{
    at.check_object(R"(a packet such as {"link": "wan", "direction": "up", "nth": 3})",
                    {"link", "direction", "tcp", "match", "nth", "flow"});
    process_fault::packet_trigger read;
    at.need("link", "the name of a link", [&](const reading& name) {
        read.link = name.text("the name of a link");
        check_link_name(read.link, in, name.pointer());
    });
    at.with("direction", [&](const reading& way) {
        constexpr std::array<std::string_view, 2> ways{"up", "down"};
        read.which = way.choice(ways) == "up" ? link::direction::up : link::direction::down;
    });
    read.rule = link::parse_chosen_packets(at, around);
    return read;
}

} // namespace

std::string_view to_string(process_action what) { return actions[static_cast<std::size_t>(what)]; }

std::string process_fault::words() const { return fmt::format("{} {}", to_string(what), process); }

process_fault read_process_fault(const reading& at, const scenario& in,
                                 const link::surroundings& around)
{
    at.check_object(R"(a fault such as {"kill": "server", "at": "2s"})",
                    {"kill", "restart", "pause", "continue", "at", "packet", "line", "delay"});
    process_fault read;
    read.pointer = at.pointer();
    const std::string_view action =
        only_one(at, actions, R"(what is done: "kill", "restart", "pause" or "continue")");
    read.what = static_cast<process_action>(std::ranges::find(actions, action) - actions.begin());
    at.with(action, [&](const reading& name) { read.process = read_process_name(name, in); });
    only_one(at, triggers, R"(when: "at" a time, after a "packet" or after a "line" of output)");
    at.with("at", [&](const reading& time) { read.at = time.time(); });
    at.with("packet", [&](const reading& one) { read.packet = read_packet(one, in, around); });
    at.with("line", [&](const reading& one) {
        one.check_object(R"(a line such as {"process": "server", "prints": "ready"})",
                         {"process", "prints"});
        std::string process;
        one.need("process", "the name of a process",
                 [&](const reading& name) { process = read_process_name(name, in); });
        one.need("prints", "a regular expression that a line of its output must contain",
                 [&](const reading& prints) {
                     read.line = {process, read_pattern(prints)};
                 });
    });
    at.with("delay", [&](const reading& delay) { read.delay = delay.time(); });
    return read;
}

} // namespace badwire::harness
