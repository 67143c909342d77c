#include "harness/lab/faults.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/scenario/packet_names.hpp"
#include "impl/base/bytes.hpp"
#include "impl/base/units.hpp"
#include "sim/link/delay_sampler.hpp"
#include "sim/link/options_json.hpp"
#include "sim/link/wires.hpp"

namespace badwire::harness {
namespace {

using link::direction;

std::string done_by(const json& action)
{
    if (action == "drop") return "is dropped";
    if (action == "duplicate") return "comes twice";
    const auto how = action.begin(); // its one key
    if (how.key() == "delay") return fmt::format("comes {} later", how->get<std::string>());
    if (how.key() == "duplicate") return fmt::format("comes with {} copies", how->dump());
    return fmt::format("has {} bits flipped", how->dump());
}

fault make_fault(const seen_packet& packet, json rule, const json& action,
                 const link::wire_tables& wires)
{
    rule["action"] = action;
    return {packet.link, packet.which, std::move(rule),
            fmt::format("{} {}: {} of {} at {} {}", packet.link, link::to_string(packet.which),
                        packet_words(packet.payload, wires, packet.tcp), packet.flow,
                        format_duration(packet.at), done_by(action))};
}

json name_of(packet_names& names, const seen_packet& next)
{
    return names.next(next.link, next.which, next.flow, next.payload, next.tcp);
}

constexpr std::array<direction, 2> both_ways{direction::up, direction::down};

} // namespace

json to_json(const fault& one)
{
    return {{"link", one.link},
            {"direction", link::to_string(one.which)},
            {"rule", one.rule},
            {"told", one.told}};
}

fault fault_of(std::span<const seen_packet> run, std::size_t place, const json& action,
               const scenario& of)
{
    packet_names names(wires_of(of));
    for (const seen_packet& before : run.first(place)) name_of(names, before);
    return make_fault(run[place], name_of(names, run[place]), action, names.wires());
}

fault numbered_fault(const seen_packet& packet, const json& action, const scenario& of)
{
    return make_fault(packet, numbered(packet.nth, packet.tcp), action, wires_of(of));
}

std::vector<fault> faults_of(const trial& run, const scenario& base)
{
    constexpr duration least_delay = std::chrono::microseconds(1);
    std::vector<fault> found;
    packet_names names(wires_of(base));
    for (const seen_packet& packet : run.packets) {
        const auto& [link, which, flow, nth, at, payload, tcp, met, why, left] = packet;
        const json rule = name_of(names, packet);
        const auto add = [&](const json& action) {
            found.push_back(make_fault(packet, rule, action, names.wires()));
            found.back().told += "; it was " + (why.empty() ? "held up" : why);
        };
        if (met.dropped) {
            if (met.why == link::cause::loss || met.why == link::cause::exact) add("drop");
            continue;
        }
        if (met.copies > 0) add({{"duplicate", met.copies}});
        if (met.flip_bits > 0) add({{"corrupt", met.flip_bits}});
        const auto& options = base.links.at(link);
        const auto& held = which == direction::up ? options.up : options.down;
        const duration usual = link::delay_sampler(held.delay).at(0) + met.queued;
        if (left && *left - at - usual >= least_delay)
            add({{"delay", format_duration(*left - at - usual)}});
    }
    return found;
}

scenario without_chance(scenario of, double quantile, std::vector<std::string>* left_out)
{
    for (auto& [name, options] : of.links)
        for (const direction which : both_ways) {
            const auto note = [&, &link = name](const char* key) {
                if (left_out == nullptr) return;
                const std::string what = fmt::format("{}.{}.{}", link, link::to_string(which), key);
                if (std::ranges::find(*left_out, what) == left_out->end())
                    left_out->push_back(what);
            };
            each_state(options, which, [&](link::impairments& state) {
                const link::impairments before = state;
                state.loss = {};
                state.duplicate = {};
                state.reorder = {};
                state.corrupt = {};
                state.exact.clear();
                if (!state.delay.is_constant()) {
                    const duration fixed = link::delay_sampler(state.delay).at(quantile);
                    state.delay = {fixed, fixed};
                }
                if (state.loss != before.loss) note("loss");
                if (state.duplicate != before.duplicate) note("duplicate");
                if (state.reorder != before.reorder) note("reorder");
                if (state.corrupt != before.corrupt) note("corrupt");
                if (state.exact != before.exact) note("exact");
                if (state.delay != before.delay) note("delay");
            });
        }
    return of;
}

scenario with_faults(scenario of, std::span<const fault> faults)
{
    const link::surroundings around{.wires = wires_of(of)};
    for (const fault& one : faults) {
        const json options{{"exact", json::array({one.rule})}};
        const auto parsed = link::parse_link_options(options, around);
        each_state(of.links.at(one.link), one.which, [&](link::impairments& state) {
            state.exact.push_back(parsed.up.exact.front());
        });
    }
    heal_links(of);
    return of;
}

json written(const scenario& of, std::uint64_t seed, const std::string& title,
             const std::string& description)
{
    json made = of.asked;
    made["title"] = title;
    made["description"] = description;
    made["network"] = {"relay", "virtual"};
    made["seed"] = seed;
    if (of.interleaving > 0) made["interleaving"] = of.interleaving;
    made.erase("matrix");
    made.erase("repeat");
    // What speaks of impairments that are gone.
    made.erase("may_miss");
    if (made.contains("expect"))
        std::erase_if(made["expect"].get_ref<json::array_t&>(),
                      [](const json& one) { return one.contains("struck"); });
    for (const auto& [name, options] : of.links) {
        json link = link::to_json(options);
        if (made["links"][name].contains("between"))
            link["between"] = made["links"][name]["between"];
        made["links"][name] = std::move(link);
    }
    return made;
}

} // namespace badwire::harness
