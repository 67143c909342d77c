// real_process.hpp: processes made by fork: each has this one's memory and serves one client.
//
// A fork copies one thread only. If there were others, the child would inherit locks that they hold
// and that no thread of the child would ever release (fork(2), POSIX). So a server whose clients
// have processes has no other threads. The child never returns to its parent's event loop: it
// closes what it inherited of that loop, runs a loop of its own, reports, and ends.
#pragma once

#include <functional>
#include <string>

#include <sys/types.h>

namespace badwire::net {

struct child_process {
    pid_t pid;
    int report; // a pipe: the child's report, then its end; owned by the caller
};

/// Starts a child that runs `work` and reports what it returns. Of this process's descriptors it
/// keeps the standard ones and `kept`. It is killed when this process ends, however that happens,
/// and dies of SIGINT and SIGTERM unless it blocks them. Throws failure when it cannot be started.
child_process fork_child(int kept, const std::function<std::string()>& work);

/// Waits for a child that has ended its report. Returns how it was killed, or nothing when it ended
/// by itself or was asked to.
std::string reap_child(pid_t child);

/// For a child that has something to report when it is asked to end: SIGINT and SIGTERM no longer
/// kill it. Instead, the returned descriptor becomes readable; the caller owns it. Throws failure.
int block_requests_to_end();

/// For a process that is ending: SIGINT and SIGTERM no longer kill it.
void ignore_requests_to_end();

/// Sends SIGTERM.
void ask_child_to_end(pid_t child);

/// Kills and reaps.
void end_child(pid_t child);

} // namespace badwire::net
