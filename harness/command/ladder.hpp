// ladder.hpp: the packets of a run as a ladder, for people.
#pragma once

#include <string>
#include <vector>

#include "harness/run/packet_recorder.hpp"

namespace badwire::harness {

/// A line for each packet: when, who sent it to whom, what it is, and what became of it.
std::string ladder(const std::vector<seen_packet>& packets, const scenario& of);

} // namespace badwire::harness
