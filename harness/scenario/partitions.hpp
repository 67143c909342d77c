// partitions.hpp: who cannot reach whom for a while, among a scenario's "faults":
//   {"partition": [["a", "b"], ["c"]], "at": "2s", "for": "3s"}
//   {"partition": {"from": ["a"], "to": ["c"]}, "at": "2s"}
//   {"heal": true, "at": "6s"}
#pragma once

#include <string>

#include "harness/scenario/scenario.hpp"
#include "impl/base/reading.hpp"

namespace badwire::harness {

/// Whether an entry of "faults" is one of these.
bool is_of_partitions(const reading& at);

/// Reads a partition of that name ("faults.1"), or checks what heals them. Throws mistake, or notes it: also
/// where no link lies between processes that are to be kept apart.
void read_partition(const reading& at, const std::string& name, scenario& into);

/// Ends the partitions that hold, once all are known.
void read_heal(const reading& at, scenario& into);

/// Tells every link.
void partition_links(scenario& in);

} // namespace badwire::harness
