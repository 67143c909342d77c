// printable.hpp: text from outside (a file, a process, a peer) made safe to show on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace badwire {

/// The text with everything replaced that a terminal would obey or could not show: control
/// characters and those that turn the direction of writing as \n, \t, \u001b, and bytes that are
/// not UTF-8 as \xff. What is longer than `bytes_max` ends in "…".
std::string printable(std::string_view text, std::size_t bytes_max = 4096);

/// The same for several lines: line breaks stay, and each line has that limit.
std::string printable_lines(std::string_view text, std::size_t bytes_max = 4096);

} // namespace badwire
