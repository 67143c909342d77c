// new_terminal.hpp: a terminal for another program, of which this process holds the master.
#pragma once

#include <string>

namespace badwire {

struct new_terminal {
    int master = -1;  // the caller closes it
    std::string name; // of the other side: "/dev/pts/3"
};

/// One that neither echoes nor translates. Throws std::system_error.
new_terminal open_terminal();

} // namespace badwire
