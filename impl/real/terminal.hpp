// terminal.hpp: a terminal that is read key by key; the mode that it had before is restored at the
// end.
#pragma once

#include <cstddef>
#include <optional>

#include <termios.h>

namespace badwire::net {

/// True when a person sits there: standard input and output are one terminal, and this process is
/// in its foreground (a background process would be stopped for changing the terminal's mode).
bool is_interactive();

/// While this object lives, keys come one by one and without echo; Ctrl+C still is a signal. Not
/// thread-safe.
class terminal_mode {
public:
    terminal_mode();
    ~terminal_mode();
    terminal_mode(const terminal_mode&) = delete;
    terminal_mode& operator=(const terminal_mode&) = delete;

private:
    std::optional<termios> before_;
};

/// How many columns the terminal has now.
std::size_t terminal_columns();

/// A descriptor of the terminal that shares no flags with standard input and output; -1 when there
/// is none.
int open_terminal();

} // namespace badwire::net
