// link_parts.hpp: what a scenario asks of its links, part by part as it is written, and what can be
// known to do nothing before a run begins.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/scenario/scenario.hpp"
#include "harness/scenario/strike_name.hpp"

namespace badwire::harness {

/// One impairment that is asked for, of one direction or of both.
struct link_part {
    strike_name name;
    std::string pointer;
};

/// One change of a link's schedule.
struct link_change {
    std::string name; // "wan.schedule.1"
    std::string link;
    bool up = true, down = true; // the directions that it concerns
    duration at{0};
    std::string pointer;
};

/// In the order of the file; of a scenario with mistakes, those that can be read. What a schedule asks for is among them. Each exact rule that holds from
/// the start is a part.
std::vector<link_part> link_parts(const scenario& in);
std::vector<link_change> link_changes(const scenario& in);

/// The processes that go over a link.
std::vector<const process_spec*> users_of(const scenario& in, const std::string& link);

/// Whether "may_miss" of the scenario names this, or what it is part of: "wan.loss" of "wan".
bool may_miss(const scenario& in, const std::string& name);

/// What will do nothing, whatever happens in a run: each a pointer and a text that begins with the
/// name. Those that the scenario allows are left out.
std::vector<mistake> sure_misses(const scenario& in);

/// Whether TCP's segments are packets like others there, with all that may happen to one.
constexpr bool carries_frames(network_kind one) { return one == network_kind::hosts; }

} // namespace badwire::harness
