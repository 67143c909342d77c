// counters_table.hpp: what a relay counted, for people.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace badwire::harness {

/// A line for each counter that is not 0 in both directions, below a dropped its causes, and how late
/// the relay was. `state`: {"up": counters, "down": counters, "lateness_ms": …, "refused": …}.
/// Throws nlohmann::json::exception where something of that is missing.
std::string counters_table(const nlohmann::json& state);

/// The same in one line: "up 120 offered, 6 dropped   down 114 offered, 0 dropped".
std::string counters_line(const nlohmann::json& state);

} // namespace badwire::harness
