// scenario_references.hpp: what the processes of a scenario say of each other and of its links:
// whom they go to, over which link, whom they wait for, what they refer to as ${…}.
#pragma once

#include "harness/scenario/scenario.hpp"

namespace badwire::harness {

/// Checks it all, and notes in each process what it takes to fulfil it (which ports must be known,
/// when it is ready). Throws mistake.
void check_references(scenario& in);

} // namespace badwire::harness
