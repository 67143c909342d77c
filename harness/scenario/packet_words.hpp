// packet_words.hpp: what a packet is, by the wires that a scenario knows. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "harness/scenario/scenario.hpp"
#include "sim/link/segment.hpp"
#include "sim/link/wires.hpp"

namespace badwire::harness {

/// badwire's own, and those that the scenario declares.
link::wire_tables wires_of(const scenario& of);

/// What an exact rule's match says of it: {"kind": "ack", "unit": 7}; null: no wire knows it. Of
/// badwire's own wire the session is left out, which is another in every run.
json packet_fields(std::span<const std::byte> payload, const link::wire_tables& wires);

/// For people: "ack 7", its text in quotes, or its size and first bytes; of a TCP segment
/// "data 1:1461".
std::string packet_words(std::span<const std::byte> payload, const link::wire_tables& wires,
                         const std::optional<link::segment>& tcp = {});

/// "6869"
std::string hexadecimal(std::span<const std::byte> bytes);

} // namespace badwire::harness
