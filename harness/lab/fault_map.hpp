// fault_map.hpp: what it would mean for a run to lose one more packet, for each of its packets.
#pragma once

#include <functional>
#include <optional>

#include "harness/lab/faults.hpp"

namespace badwire::harness {

struct loss_of_packet {
    seen_packet packet;
    enum { lost_anyway, harmless, costs, fatal } means = harmless;
    duration cost{0}; // of time; below zero: the run ends sooner
    std::string kind; // of the failure, where it is fatal
};

/// The run of that seed again and again, each time without one of its packets. Throws net::failure
/// where it fails by itself, or no datagram goes over a link. `watcher`: told how far that is.
std::vector<loss_of_packet> map_faults(const scenario& what, std::uint64_t seed, unsigned jobs,
                                       const std::atomic<bool>* cancelled,
                                       work_watcher watcher = {});

/// As an entry of results.json has it.
json to_json(const std::vector<loss_of_packet>& map, const scenario& of);

/// Makes the run once more and writes it into that folder, its entry of results.json with the map, and
/// a report. Throws net::failure.
void write_explained(const scenario& what, std::uint64_t seed,
                     const std::vector<loss_of_packet>& map, const std::string& folder);

} // namespace badwire::harness
