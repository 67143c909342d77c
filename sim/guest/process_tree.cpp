#include "sim/guest/process_tree.hpp"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

namespace badwire::guest {
namespace {

bool is_event(int status, int event) { return status >> 8 == (SIGTRAP | event << 8); }

pid_t event_number(pid_t thread)
{
    unsigned long number = 0;
    ptrace(PTRACE_GETEVENTMSG, thread, nullptr, &number);
    return static_cast<pid_t>(number);
}

sigset_t block_children_signal()
{
    sigset_t blocked;
    sigset_t before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    return before;
}

} // namespace

process_tree::~process_tree() { kill_all(); }

// A first thread is told of only after the other threads of its process: all are asked in turn.
void process_tree::kill_all()
{
    for (const pid_t one : threads_) kill(one, SIGKILL); // of a process: all its threads
    if (init_ > 0) {
        kill(init_, SIGKILL); // and with it all that have its numbers
        threads_.insert(std::exchange(init_, -1));
    }
    while (!threads_.empty()) {
        std::erase_if(threads_, [](pid_t one) {
            int status = 0;
            const pid_t seen = waitpid(one, &status, __WALL | WNOHANG);
            if (seen > 0 && WIFSTOPPED(status)) ptrace(PTRACE_CONT, one, nullptr, nullptr);
            return seen < 0 ? errno == ECHILD : seen > 0 && !WIFSTOPPED(status);
        });
        constexpr timespec moment{0, 100'000};
        if (!threads_.empty()) nanosleep(&moment, nullptr);
    }
}

happening process_tree::wait(std::chrono::nanoseconds patience)
{
    using clock = std::chrono::steady_clock;
    sigset_t during = block_children_signal();
    const sigset_t before = during;
    sigdelset(&during, SIGCHLD);
    struct restore {
        const sigset_t& mask;
        ~restore() { pthread_sigmask(SIG_SETMASK, &mask, nullptr); }
    } const at_end{before};
    const auto until = clock::now() + patience;
    constexpr std::chrono::milliseconds longest_look(4); // another thread may have got the signal
    for (bool first = true;; first = false) {
        pollfd listening{listener_.get(), POLLIN, 0};
        const timespec some{
            0, std::chrono::nanoseconds(first ? longest_look / 8 : longest_look).count()};
        if (ppoll(&listening, 1, &some, &during) > 0 && (listening.revents & POLLIN) != 0)
            if (auto call = next_call()) return *call;
        if (auto seen = look_at(last_ran_)) return *seen;
        for (const pid_t one : threads_)
            if (auto seen = look_at(one)) return *seen;
        if (threads_.empty() || clock::now() > until) return silence{};
    }
}

std::optional<happening> process_tree::next_call()
{
    seccomp_notif told{};
    if (ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, &told) != 0) return {}; // killed meanwhile
    trapped_call call{static_cast<pid_t>(told.pid), told.id, told.data.nr, {}};
    for (std::size_t i = 0; i < call.with.size(); ++i) call.with[i] = told.data.args[i];
    last_ran_ = call.thread;
    return call;
}

std::optional<happening> process_tree::look_at(pid_t thread)
{
    if (!threads_.contains(thread)) return {};
    int status = 0;
    const pid_t seen = waitpid(thread, &status, __WALL | WNOHANG);
    if (seen == 0) return {};
    if (seen < 0) { // vanished in another thread's exec
        threads_.erase(thread);
        return ended{thread, 0};
    }
    if (WIFSTOPPED(status)) return what_stopped(thread, status);
    threads_.erase(thread);
    return ended{thread, status};
}

std::optional<happening> process_tree::what_stopped(pid_t thread, int status)
{
    for (const int event : {PTRACE_EVENT_CLONE, PTRACE_EVENT_FORK, PTRACE_EVENT_VFORK})
        if (is_event(status, event)) {
            const pid_t child = event_number(thread);
            int first_stop = 0;
            while (waitpid(child, &first_stop, __WALL) < 0 && errno == EINTR) {}
            threads_.insert(child);
            return begun{thread, child, event != PTRACE_EVENT_CLONE, event == PTRACE_EVENT_VFORK};
        }
    if (is_event(status, PTRACE_EVENT_EXEC)) return executed{thread, event_number(thread)};
    if (status >> 16 == PTRACE_EVENT_STOP) {
        if (WSTOPSIG(status) == SIGTRAP) return stopped{thread};
        ptrace(PTRACE_LISTEN, thread, nullptr, nullptr); // with its process, until SIGCONT
        return {};
    }
    return signalled{thread, WSTOPSIG(status)};
}

bool process_tree::answer(const trapped_call& to, std::int64_t value)
{
    last_ran_ = to.thread;
    seccomp_notif_resp response{.id = to.id, .val = value, .error = 0, .flags = 0};
    return ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &response) == 0;
}

bool process_tree::fail(const trapped_call& to, int number)
{
    last_ran_ = to.thread;
    seccomp_notif_resp response{.id = to.id, .val = 0, .error = -number, .flags = 0};
    return ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &response) == 0;
}

bool process_tree::allow(const trapped_call& to)
{
    last_ran_ = to.thread;
    seccomp_notif_resp response{
        .id = to.id, .val = 0, .error = 0, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    return ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &response) == 0;
}

int process_tree::give(const trapped_call& to, int mine, bool close_on_exec,
                       std::optional<int> where)
{
    last_ran_ = to.thread;
    seccomp_notif_addfd handed{
        .id = to.id,
        .flags = static_cast<std::uint32_t>(SECCOMP_ADDFD_FLAG_SEND |
                                            (where ? SECCOMP_ADDFD_FLAG_SETFD : 0UL)),
        .srcfd = static_cast<std::uint32_t>(mine),
        .newfd = static_cast<std::uint32_t>(where.value_or(0)),
        .newfd_flags = close_on_exec ? std::uint32_t{O_CLOEXEC} : 0};
    return ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &handed) >= 0 ? 0 : errno;
}

int process_tree::place(const trapped_call& to, int mine, bool close_on_exec)
{
    seccomp_notif_addfd handed{.id = to.id,
                               .flags = 0,
                               .srcfd = static_cast<std::uint32_t>(mine),
                               .newfd = 0,
                               .newfd_flags = close_on_exec ? std::uint32_t{O_CLOEXEC} : 0};
    const int made = ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &handed);
    return made >= 0 ? made : -errno;
}

void process_tree::go_on(pid_t thread, int signal)
{
    last_ran_ = thread;
    ptrace(PTRACE_CONT, thread, nullptr, static_cast<long>(signal));
}

bool process_tree::answer_cycle_counter(pid_t thread, std::uint64_t shown)
{
    user_regs_struct registers{};
    if (ptrace(PTRACE_GETREGS, thread, nullptr, &registers) != 0) return false;
    const auto code = static_cast<unsigned long>(
        ptrace(PTRACE_PEEKTEXT, thread, reinterpret_cast<void*>(registers.rip), nullptr));
    const bool rdtsc = (code & 0xffff) == 0x310f;
    const bool rdtscp = (code & 0xffffff) == 0xf9010f;
    if (!rdtsc && !rdtscp) return false;
    constexpr std::uint64_t low = 0xffffffff;
    registers.rax = shown & low;
    registers.rdx = shown >> 32;
    if (rdtscp) registers.rcx = 0;
    registers.rip += rdtsc ? 2 : 3;
    return ptrace(PTRACE_SETREGS, thread, nullptr, &registers) == 0;
}

void process_tree::interrupt(pid_t thread) { ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr); }

owned_descriptor process_tree::copy_descriptor(pid_t of, int descriptor)
{
    const owned_descriptor process(static_cast<int>(syscall(SYS_pidfd_open, of, 0)));
    if (!process) return {};
    return owned_descriptor(
        static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), descriptor, 0)));
}

} // namespace badwire::guest
