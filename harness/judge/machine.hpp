// machine.hpp: what the machine, and not the programs, may have added to the times of a run. An
// expectation about a time that is missed by no more than that says nothing about the programs.
#pragma once

#include "harness/judge/record.hpp"

namespace badwire::harness {

/// How much later something may have happened than on a machine that has a core for everybody at
/// once, at most: all waiting for a core by those on whom it depends, and what relays were behind
/// with, or the harness's own waiting where that is not known. `of` is a process, whose peers count
/// too; a link; or empty, for the whole run. On virtual, nothing.
duration added_by_machine(const run_record& run, std::string_view of);

/// Whether the machine may have made the difference: it added at least half of what is missing.
/// Half, because who shares a core also runs more slowly, and that is seen nowhere.
bool machine_may_have_missed(const run_record& run, const judgement& unmet);

/// Whether the machine may be why the time limit was reached.
bool machine_may_have_stalled(const run_record& run);

/// What was added, for people: "processes and the relay waited 80 ms for a core".
std::string what_machine_added(const run_record& run);

} // namespace badwire::harness
