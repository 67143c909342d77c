// terminal.hpp: what the command prints for people. Names, messages and output of processes come
// from elsewhere, so all of it is made printable; what could not be written is told at the end.
#pragma once

#include <cstdio>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "impl/base/printable.hpp"

namespace badwire::harness {

/// Writes exactly this. Never throws; see all_written().
void write_raw(std::FILE* to, std::string_view text);

/// On standard output.
template <typename... Values>
void say(fmt::format_string<Values...> format, Values&&... values)
{
    write_raw(stdout, printable_lines(fmt::format(format, std::forward<Values>(values)...)));
}

/// On standard error.
template <typename... Values>
void complain(fmt::format_string<Values...> format, Values&&... values)
{
    write_raw(stderr, printable_lines(fmt::format(format, std::forward<Values>(values)...)));
}

/// The exit code of a command that would end with `code`: where its standard output could not be
/// written, that is told, and is an error of its own. A reader that went away is none.
int all_written(int code);

} // namespace badwire::harness
