// vacuous.hpp: whether what a scenario asks of its links did anything in a run. A pass says nothing
// about an impairment that struck nothing.
#pragma once

#include <string>
#include <vector>

#include "harness/judge/record.hpp"
#include "harness/scenario/strike_name.hpp"

namespace badwire::harness {

/// How often it struck: packets, plus connections.
std::uint64_t strikes_of(const strike_name& name, const run_record& run);

/// Why it struck nothing, in a line for people.
std::string why_missed(const strike_name& name, const run_record& run);

/// What did nothing in a finished run, each as a line that begins with its name: links that nothing
/// went over, impairments, exact rules, changes that came too late. Not what "may_miss" names. On
/// `direct` there are no links: nothing where the scenario itself names that network, else all.
std::vector<std::string> vacuous(const run_record& run);

} // namespace badwire::harness
