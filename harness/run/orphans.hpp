// orphans.hpp: processes that outlive the one that started them. Those of a run are found by the
// mark in their environment (kill_marked in child.hpp); who cleared it and left its group is found
// here, as the kernel gives it to the harness for a child.
#pragma once

#include <sys/types.h>

#include "impl/net/network.hpp"

namespace badwire::harness {

/// From now on, processes whose parent has ended become children of this process (Linux's "child
/// subreaper"). For a process whose children are all badwire's own.
void adopt_orphans();

/// Kills every child of this process but `spared`, and what these leave behind, until none is left
/// or `patience` has passed.
void kill_children(pid_t spared, net::duration patience);

} // namespace badwire::harness
