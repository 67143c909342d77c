// thread_status.hpp: what /proc tells of a thread: its numbers, and which signals it has pending, blocks
// and handles.
#pragma once

#include <csignal>
#include <cstdint>
#include <sys/types.h>

namespace badwire::guest {

constexpr std::uint64_t bit_of(int signal) { return std::uint64_t{1} << (signal - 1); }

/// A bit for each signal: bit 0 is signal 1.
struct signal_masks {
    std::uint64_t own = 0, shared = 0, blocked = 0, ignored = 0, handled = 0;
    bool sleeps = false; // the thread waits in the kernel
    /// Those that come to nothing, by their own will or by default; they are pending all the same.
    std::uint64_t without_effect() const
    {
        constexpr std::uint64_t by_default =
            bit_of(SIGCHLD) | bit_of(SIGURG) | bit_of(SIGWINCH) | bit_of(SIGCONT);
        return ignored | (by_default & ~handled);
    }
    bool takes() const { return ((own | shared) & ~blocked) != 0; }
};

/// Of /proc; nothing pending where there is no such thread.
signal_masks read_signal_masks(pid_t process, pid_t thread);

struct thread_numbers {
    pid_t process = 0, parent = 0; // here
    pid_t own = 0;                 // of the thread, as the program sees it
};

/// Only the thread's own where there is no such.
thread_numbers numbers_of(pid_t thread);

} // namespace badwire::guest
