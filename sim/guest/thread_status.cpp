#include "sim/guest/thread_status.hpp"

#include <cstdlib>
#include <fstream>

#include <fmt/format.h>

namespace badwire::guest {

signal_masks read_signal_masks(pid_t process, pid_t thread)
{
    signal_masks found;
    std::ifstream lines(fmt::format("/proc/{}/task/{}/status", process, thread));
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("State:\tS")) found.sleeps = true;
        for (const auto& [name, mask] : {std::pair{"SigPnd:", &found.own},
                                         {"ShdPnd:", &found.shared},
                                         {"SigBlk:", &found.blocked},
                                         {"SigIgn:", &found.ignored},
                                         {"SigCgt:", &found.handled}})
            if (line.starts_with(name)) *mask = std::strtoull(line.c_str() + 7, nullptr, 16);
    }
    return found;
}

thread_numbers numbers_of(pid_t thread)
{
    thread_numbers found{.process = thread, .own = thread};
    std::ifstream lines(fmt::format("/proc/{}/status", thread));
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("Tgid:")) found.process = std::atoi(line.c_str() + 5);
        if (line.starts_with("PPid:")) found.parent = std::atoi(line.c_str() + 5);
        if (line.starts_with("NSpid:")) // in each namespace, its own last
            found.own = std::atoi(line.c_str() + line.find_last_of(" \t") + 1);
    }
    return found;
}

} // namespace badwire::guest
