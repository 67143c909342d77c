// terminal.hpp: what the command prints for people. Names, messages and output of processes come
// from elsewhere, so all of it is made printable; what could not be written is told at the end.
//
// All of it may be called from any thread: what is printed goes above the status line, if there is
// one (status_line.hpp).
#pragma once

#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "impl/base/command_line.hpp"
#include "impl/base/printable.hpp"

namespace badwire::harness {

enum class colour_choice { automatic, always, never };

/// --color
void describe_colour(command_line& command, colour_choice& into);

/// Whether what goes to that descriptor is to be coloured: as chosen; else never with NO_COLOR
/// (no-color.org), always with CLICOLOR_FORCE, and on a terminal that knows colours unless CLICOLOR
/// is 0 (bixense.com/clicolors).
bool shows_colours(int descriptor, colour_choice chosen);

/// Whether that is a terminal on which a line can be written anew.
bool rewrites_lines(int descriptor);

/// The width of the terminal: COLUMNS where that is set, else what the terminal says, else 80.
std::size_t terminal_columns(int descriptor);

/// From now on what is said to people goes there: standard error where standard output is for a
/// program.
void talk_to_people_on(std::FILE* stream);
std::FILE* people();

/// What stands in the last line of standard error until the next call, below all that is printed;
/// nothing: an empty text.
void show_status(const std::string& line);

/// Writes exactly this. Never throws; see all_written().
void write_raw(std::FILE* to, std::string_view text);

/// On standard output, unless people read elsewhere.
template <typename... Values>
void say(fmt::format_string<Values...> format, Values&&... values)
{
    write_raw(people(), printable_lines(fmt::format(format, std::forward<Values>(values)...)));
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
