// faults.hpp: faults of single packets, as exact rules of a scenario's links: taken from a run, put
// into a scenario, written as one. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/lab/laboratory.hpp"

namespace badwire::harness {

/// What is to become of one packet, or of some.
struct fault {
    std::string link;
    link::direction which = link::direction::up;
    json rule;        // an exact rule, as a scenario writes it
    std::string told; // "wan up: data 3 of client is dropped"
    bool operator==(const fault&) const = default;
};

/// {"link", "direction", "rule", "told"}
json to_json(const fault& one);

/// Calls `use` with every state of a direction's impairments: at the start, and after each change.
template <typename Use>
void each_state(link::link_options& of, link::direction which, Use use)
{
    const bool up = which == link::direction::up;
    use(up ? of.up : of.down);
    for (link::change& one : up ? of.up_changes : of.down_changes) use(one.now);
}

/// A rule of that action for the packet at that place of a run: by its contents and by how many like
/// it came before, so that it is the same packet where times differ a little. Action: "drop" or
/// {"delay": "5ms"}.
fault fault_of(std::span<const seen_packet> run, std::size_t place, const json& action,
               const scenario& of);
/// The same, by its number among all packets of its direction; cheaper.
fault numbered_fault(const seen_packet& packet, const json& action, const scenario& of);

/// All that chance did to the packets of a run, and exact rules; not what follows from a rate, an
/// MTU, a cut or a NAT, which are no matter of single packets. `base` says what its links do to
/// every packet.
std::vector<fault> faults_of(const trial& run, const scenario& base);

/// The scenario without what chance decides and without exact rules: loss, duplicate, reorder,
/// corrupt; a delay that is drawn becomes its `quantile`. The names of what was left out are noted.
scenario without_chance(scenario of, double quantile, std::vector<std::string>* left_out = nullptr);

/// The scenario with these rules added to its links, in force all the time.
scenario with_faults(scenario of, std::span<const fault> faults);

/// The scenario as a file, for the relay and virtual time, with this seed.
json written(const scenario& of, std::uint64_t seed, const std::string& title,
             const std::string& description);

} // namespace badwire::harness
