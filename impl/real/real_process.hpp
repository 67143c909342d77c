// real_process.hpp: processes that have this one's memory and serve one client each: fork.
//
// A fork copies one thread. Were there others, the child would inherit locks that they hold and
// that no thread of the child would ever release (fork(2), POSIX). So there must be no others: a
// server whose clients have processes has no threads of its own. The child never returns to its
// parent's event loop: it closes what it inherited of it, runs one of its own, reports, and is
// gone.
#pragma once

#include <functional>
#include <string>

#include <sys/types.h>

namespace badwire::net {

struct child_process {
    pid_t pid;
    int report; // a pipe: what the child reports, then its end; owned by the caller
};

/// Starts a child that runs `work` and reports what it returns. Of this process's descriptors it
/// has the standard ones and `kept`. It is killed when this process ends in whatever way, and dies
/// of SIGINT and SIGTERM unless it blocks them. Throws failure when it cannot be started.
child_process fork_child(int kept, const std::function<std::string()>& work);

/// Waits for a child that has ended its report. Returns how it was killed, or nothing when it ended
/// by itself or was asked to.
std::string reap_child(pid_t child);

/// For a child that has something to report when it is asked to end: SIGINT and SIGTERM no longer
/// kill it; instead, the descriptor that this returns becomes readable. The caller owns it. Throws
/// failure.
int block_requests_to_end();

/// Sends SIGTERM.
void ask_child_to_end(pid_t child);

/// Kills and reaps.
void end_child(pid_t child);

} // namespace badwire::net
