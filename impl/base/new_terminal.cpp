#include "impl/base/new_terminal.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace badwire {

new_terminal open_terminal()
{
    const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    std::array<char, 128> name{};
    termios settings{};
    if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0 ||
        ::ptsname_r(master, name.data(), name.size()) != 0 || ::tcgetattr(master, &settings) != 0) {
        const int why = errno;
        if (master >= 0) ::close(master);
        throw std::system_error(why, std::generic_category(), "opening a terminal");
    }
    settings.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);
    ::tcsetattr(master, TCSANOW, &settings);
    return {master, name.data()};
}

} // namespace badwire
