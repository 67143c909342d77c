// trace.hpp: what happened to every packet, one JSON object a line (packets.jsonl).
//
//   {"time_ns":…,"link":"wan","direction":"up","flow":"client","index":0,"bytes":109,
//    "content":"9f86d081884c7d65","occurrence":0,"fate":"delivered","delay_ns":5000000}
//   {… "fate":"dropped","rule":"loss","asked":0.05,"drawn":0.0123}
//   {… "occurrence":1,"words":"data 1:1461","fate":"delivered","delay_ns":5000000}   (a TCP segment)
//
// Other rules that drop are "exact", "cut", "rebind", "mtu", "queue" and "aqm". A delivered packet
// may have "queued_ns" (part of the delay), "rebound", "copies", "flipped_bits" and "overtakers";
// "exact" is the number of the exact rule that applied. "ecn" is the codepoint that it came with, if
// not 0 (1 and 2: the sender is capable; 3: congestion experienced); "marked": it leaves with 3.
// What waits in a managed queue has its line when it leaves the queue, and then "queued_ns" also if
// it was dropped; "time_ns" is still when it was offered.
//
// A real carrier may fail to hand on a packet that the link let through; a second line says so,
// with the same link, direction, flow and index, and the time when it failed:
//   {… "fate":"undeliverable","reason":"Message too long"}
//
// time_ns counts from the start of the run. In virtual time two runs with the same seed write the
// same bytes.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sim/link/fate.hpp"

namespace badwire::link {

/// One line of the trace, without a newline. `time` is when the packet was offered to the link.
std::string trace_line(duration time, std::string_view link, direction which,
                       std::string_view flow_name, std::size_t bytes, const fate& decided,
                       const segment* tcp = nullptr);

/// The line of a packet that was let through and could not be handed on.
std::string undeliverable_line(duration time, std::string_view link, direction which,
                               std::string_view flow_name, std::size_t bytes, std::uint64_t index,
                               std::string_view reason);

/// Where lines go; an empty function traces nothing and costs nothing.
using trace_sink = std::function<void(std::string_view line)>;

} // namespace badwire::link
