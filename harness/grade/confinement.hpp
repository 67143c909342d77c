// confinement.hpp: what a process that runs somebody's submission may see, change and take.
//
// A worker process is started in namespaces of its own: process numbers (whatever it starts ends with
// it, and it is out of their reach), mounts (a /tmp in memory, with what it is given and nothing else
// that can be written; other submissions, the rubric and home folders are hidden), network (loopback
// alone) and IPC. As root, its user is another one; else it stands in a user namespace. It keeps the
// capabilities that this takes, and what it starts has none.
//
// Limits: Linux 5.12. Where the system forbids it, as Docker does by default and a chroot always,
// why_not_confined() says so, and only the limits of memory, file size and processes hold; root's workers
// are another user there, too. Not thread-safe: a worker is forked by a process without threads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace badwire::harness {

struct confinement {
    std::filesystem::path folder{};              // an empty one, outside: becomes /tmp
    std::vector<std::filesystem::path> hidden{}; // folders
    std::uint64_t memory_bytes = 0;
    std::uint64_t disk_bytes = 0;
    std::uint64_t processes = 0;
    std::uint64_t number = 0; // of the worker: what goes on at a time has different ones
};

/// A worker: what it writes to its descriptor is read here, and ends when it has ended.
struct worker {
    pid_t pid = -1;
    int output = -1;
};

/// What a worker does. `prepare` runs while it still sees everything: it copies what is needed into the
/// folder. `work` runs confined and writes to the descriptor; the folder is where it works.
struct worker_task {
    std::function<void(const std::filesystem::path& folder)> prepare;
    std::function<void(const std::filesystem::path& folder, int output)> work;
};

/// Starts a worker. Its exceptions end it, with a line on its output: "!why".
worker start_worker(const confinement& how, bool confined, const worker_task& task);

/// Kills it with all that it has started, and waits for its end.
void end_worker(worker& one);

/// Why no worker can be confined here, for people; empty: it can. Tried with a worker of nothing.
std::string why_not_confined(const confinement& how);

/// Copies a folder: regular files, folders, and symbolic links that stay inside. Throws net::failure.
void copy_folder(const std::filesystem::path& from, const std::filesystem::path& to);

} // namespace badwire::harness
