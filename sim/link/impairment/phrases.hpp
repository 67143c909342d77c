// phrases.hpp: what the explanations of impairments have in common. No fmt where it would slow down
// a capture that explains a million packets a second.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace badwire::link {

/// ", asked 0.05": a probability as one writes it.
std::string asked_for(double probability);

/// Adds ", drawn 0.012345": as many digits as a comparison with a probability needs.
void add_drawn(std::string& text, double value);

void add_number(std::string& text, std::uint64_t number);

/// Adds a number and what it counts: "1 bit flipped", "3 bits flipped".
void add_count(std::string& text, std::uint64_t number, std::string_view one,
               std::string_view several);

/// Begins the next part of an explanation.
void begin_part(std::string& text, std::string_view part);

} // namespace badwire::link
