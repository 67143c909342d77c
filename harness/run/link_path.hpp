// link_path.hpp: which links a scenario puts between two processes, where these use one another's own
// addresses: on hosts, and for guests in virtual time.
#pragma once

#include <string>
#include <vector>

#include "harness/scenario/scenario.hpp"

namespace badwire::harness {

struct link_path {
    std::vector<std::string> links{}; // in the order in which a packet passes them; empty: none
    link::direction which = link::direction::up;
    std::string flow{};
};

/// Between a process and the one it goes "to", the links it goes "over", as the flow of its name;
/// between equals their link, with a flow for each ordered pair.
link_path path_between(const scenario& in, const process_spec& from, const process_spec& to);

} // namespace badwire::harness
