// core_waits.hpp: how long processes were ready to run but waited for a core, as Linux tells in
// /proc/PID/task/TID/schedstat. It is what a busy machine adds to the time that a program takes.
#pragma once

#include <map>

#include <sys/types.h>

#include "impl/net/network.hpp"

namespace badwire::harness {

/// Of one process with its threads and descendants. What ended counts as it was last seen. Not
/// thread-safe.
class core_waits {
public:
    explicit core_waits(pid_t of) : pid_(of) {}

    /// Reads the present figures: now and then, and before the process is waited for.
    void look() { look_at(pid_); }
    /// What it has waited so far no longer counts.
    void start_over();
    net::duration total() const;

private:
    void look_at(pid_t pid);

    pid_t pid_;
    std::map<pid_t, net::duration> threads_;
    net::duration before_{0};
};

/// Of the calling thread, since it began.
net::duration waited_by_this_thread();

} // namespace badwire::harness
