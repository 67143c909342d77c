// process_tree.hpp: a program and all its descendants under supervision: the system calls that
// matter stop, and their answers are ours.
//
// A seccomp filter hands the chosen calls of every descendant to a listener (seccomp_unotify(2));
// ptrace(2) tells of new threads and processes, of exec, signals and ends. Nothing runs inside the
// program, so that static ones, Go and the JVM are no exceptions. Linux 5.19 on x86-64.
//
// Where the system allows it, the program has process numbers of its own (pid_namespaces(7)), the same in
// every run; its first process is the child of an init, 1, that does nothing.
//
// All functions must be called by the thread that constructed the object. Its destructor kills
// whatever is left, and so does the end of this process.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <shared_mutex>
#include <span>
#include <string>
#include <sys/types.h>
#include <variant>
#include <vector>

#include "impl/base/owned_descriptor.hpp"

namespace badwire::guest {

/// Why programs cannot be supervised on this machine, and what to do about it; empty: they can be.
std::string why_no_guests();

struct image {
    std::filesystem::path executable;
    std::vector<std::string> words;
    std::vector<std::string> env; // NAME=VALUE
    std::filesystem::path folder;
    std::array<int, 3> standard{}; // its standard input, output and errors, open here
    bool terminal = false;         // the first two are one, and its own
    int first_number = 2;          // of its processes, where they are its own
};

/// A call that has stopped. Its thread waits for answer(), fail(), allow() or give().
struct trapped_call {
    pid_t thread = 0;
    std::uint64_t id = 0;
    int number = 0;
    std::array<std::uint64_t, 6> with{};
};
/// A thread or process has begun and stands still until go_on(child); so does its parent.
struct begun {
    pid_t parent = 0, child = 0;
    bool parent_waits = false; // until the child executes another program, or ends (vfork)
};
/// A process executes another program; it stands still. Its other threads are gone.
struct executed {
    pid_t process = 0;
    pid_t by = 0; // the thread's number before
};
/// A signal is about to be delivered to a thread, which stands still until go_on(thread, number).
struct signalled {
    pid_t thread = 0;
    int number = 0;
};
/// A thread has ended; the first thread of a process after all others.
struct ended {
    pid_t thread = 0;
    int status = 0; // as wait(2) gives it
};
/// A thread was stopped by interrupt(), or in the company of its process; it stands still.
struct stopped {
    pid_t thread = 0;
};
/// Nothing of all that, for as long as asked.
struct silence {};

using happening = std::variant<trapped_call, begun, executed, signalled, ended, stopped, silence>;

class process_tree {
public:
    /// Starts the program; it is stopped before its first instruction. `trapped` and `refused` are
    /// numbers of calls: those that stop, and those that fail with ENOSYS. Throws
    /// std::system_error, where the program cannot be executed or supervised.
    process_tree(const image& what, std::span<const int> trapped, std::span<const int> refused);
    ~process_tree();
    process_tree(const process_tree&) = delete;

    /// The program's first process.
    pid_t root() const { return root_; }
    bool empty() const { return threads_.empty(); }

    /// The next that happens.
    happening wait(std::chrono::nanoseconds patience);

    // A call's answer. False where its thread was killed meanwhile.
    bool answer(const trapped_call& to, std::int64_t value);
    /// `number` is an errno, or one of the kernel's own for calls that begin again after a signal.
    bool fail(const trapped_call& to, int number);
    /// The kernel carries it out.
    bool allow(const trapped_call& to);
    /// Answers with a new descriptor of the caller's, a copy of `mine`. Returns it, or -errno where
    /// there is none: then the call still waits.
    int give(const trapped_call& to, int mine, bool close_on_exec);
    /// The same without an answer.
    int place(const trapped_call& to, int mine, bool close_on_exec);

    /// Lets a thread that stands still go on; with a signal.
    void go_on(pid_t thread, int signal = 0);
    /// Of a thread that was stopped by SIGSEGV: if it wanted to read the processor's cycle counter, which
    /// is forbidden here, it has read `shown`.
    static bool answer_cycle_counter(pid_t thread, std::uint64_t shown);
    /// Stops a thread that runs: `stopped` follows, unless something else does first.
    void interrupt(pid_t thread);
    /// Supervises a thread from now on that began without being told of; its call has stopped. False
    /// where it has gone.
    bool adopt(pid_t thread);
    /// Kills all.
    void kill_all();

    /// Worlds run side by side in threads, and what one closes, so that its guest reads an end, must not
    /// live on for a moment in a process that another is just starting: such closing shares this.
    static std::shared_mutex& closing();

    /// A copy of a process' descriptor, or none.
    static owned_descriptor copy_descriptor(pid_t of, int descriptor);

private:
    std::optional<happening> look_at(pid_t thread);
    std::optional<happening> what_stopped(pid_t thread, int status);
    std::optional<happening> next_call();
    static long trace(pid_t thread);
    bool respond(const trapped_call& to, std::int64_t value, int error, std::uint32_t flags);
    int hand_over(const trapped_call& to, int mine, bool close_on_exec, std::uint32_t flags);
    void start(const image& what, std::span<const int> trapped, std::span<const int> refused);

    pid_t root_ = -1;
    pid_t init_ = -1; // of its process numbers
    owned_descriptor listener_;
    std::set<pid_t> threads_;
    pid_t last_ran_ = 0;
};

} // namespace badwire::guest
