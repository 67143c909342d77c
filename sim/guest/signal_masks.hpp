// signal_masks.hpp: which signals a thread has pending, blocks and handles.
#pragma once

#include <cstdint>
#include <sys/types.h>

namespace badwire::guest {

/// A bit for each signal: bit 0 is signal 1.
struct signal_masks {
    std::uint64_t own = 0, shared = 0, blocked = 0, handled = 0;
    bool sleeps = false; // the thread waits in the kernel
    bool takes() const { return ((own | shared) & ~blocked) != 0; }
};

/// Of /proc; nothing pending where there is no such thread.
signal_masks read_signal_masks(pid_t process, pid_t thread);

} // namespace badwire::guest
