#include "impl/real/terminal.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace badwire::net {

bool is_interactive()
{
    return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1 &&
           ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
}

terminal_mode::terminal_mode()
{
    termios mode{};
    if (::tcgetattr(STDIN_FILENO, &mode) != 0) return;
    before_ = mode;
    mode.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    mode.c_cc[VMIN] = 1;
    mode.c_cc[VTIME] = 0;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &mode);
}

terminal_mode::~terminal_mode()
{
    if (before_) ::tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
}

std::size_t terminal_columns()
{
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}

int open_terminal()
{
    const char* name = ::ttyname(STDIN_FILENO);
    return name ? ::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
}

} // namespace badwire::net
