#include "sim/guest/process_tree.hpp"

#include <algorithm>
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

#include "sim/guest/memory.hpp"

namespace badwire::guest {
namespace {

bool is_event(int status, int event) { return status >> 8 == (SIGTRAP | event << 8); }

pid_t event_number(pid_t thread)
{
    unsigned long number = 0;
    ptrace(PTRACE_GETEVENTMSG, thread, nullptr, &number);
    return static_cast<pid_t>(number);
}

class signals_blocked {
public:
    signals_blocked()
    {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &before_);
    }
    ~signals_blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    signals_blocked(const signals_blocked&) = delete;
    const sigset_t& before() const { return before_; }

private:
    sigset_t before_{};
};

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
    const signals_blocked quiet; // but while it waits: a signal would be missed in between
    sigset_t during = quiet.before();
    sigdelset(&during, SIGCHLD);
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
            return begun{thread, child, event == PTRACE_EVENT_VFORK};
        }
    if (is_event(status, PTRACE_EVENT_EXEC)) return executed{thread, event_number(thread)};
    if (status >> 16 == PTRACE_EVENT_STOP) {
        if (WSTOPSIG(status) == SIGTRAP) return stopped{thread};
        ptrace(PTRACE_LISTEN, thread, nullptr, nullptr); // with its process, until SIGCONT
        return {};
    }
    return signalled{thread, WSTOPSIG(status)};
}

bool process_tree::respond(const trapped_call& to, std::int64_t value, int error,
                           std::uint32_t flags)
{
    last_ran_ = to.thread;
    seccomp_notif_resp response{.id = to.id, .val = value, .error = -error, .flags = flags};
    int result = 0;
    do result = ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &response);
    while (result != 0 && errno == EINTR);
    return result == 0;
}

bool process_tree::answer(const trapped_call& to, std::int64_t value)
{
    return respond(to, value, 0, 0);
}

bool process_tree::fail(const trapped_call& to, int number) { return respond(to, 0, number, 0); }

bool process_tree::allow(const trapped_call& to)
{
    return respond(to, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

// While the kernel hands a descriptor over, no signal may come: it would break off, and the call would
// be answered with 0 all the same.
int process_tree::hand_over(const trapped_call& to, int mine, bool close_on_exec,
                            std::uint32_t flags)
{
    const signals_blocked quiet;
    seccomp_notif_addfd handed{.id = to.id,
                               .flags = flags,
                               .srcfd = static_cast<std::uint32_t>(mine),
                               .newfd = 0,
                               .newfd_flags = close_on_exec ? std::uint32_t{O_CLOEXEC} : 0};
    const int made = ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &handed);
    return made >= 0 ? made : -errno;
}

int process_tree::give(const trapped_call& to, int mine, bool close_on_exec)
{
    last_ran_ = to.thread;
    return hand_over(to, mine, close_on_exec, SECCOMP_ADDFD_FLAG_SEND);
}

int process_tree::place(const trapped_call& to, int mine, bool close_on_exec)
{
    return hand_over(to, mine, close_on_exec, 0);
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
    std::array<std::byte, 3> code{};
    try {
        memory(thread).read(registers.rip, code);
    } catch (const bad_address&) {
        return false;
    }
    const auto begins_with = [&](std::initializer_list<int> bytes) {
        return std::ranges::equal(bytes, std::span(code).first(bytes.size()), {},
                                  [](int byte) { return std::byte(byte); });
    };
    const bool rdtsc = begins_with({0x0f, 0x31});
    const bool rdtscp = begins_with({0x0f, 0x01, 0xf9});
    if (!rdtsc && !rdtscp) return false;
    constexpr std::uint64_t low = 0xffffffff;
    registers.rax = shown & low;
    registers.rdx = shown >> 32;
    if (rdtscp) registers.rcx = 0;
    registers.rip += rdtsc ? 2 : 3;
    return ptrace(PTRACE_SETREGS, thread, nullptr, &registers) == 0;
}

long process_tree::trace(pid_t thread)
{
    constexpr long options = PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                             PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;
    return ptrace(PTRACE_SEIZE, thread, nullptr, options);
}

bool process_tree::adopt(pid_t thread)
{
    return trace(thread) == 0 && threads_.insert(thread).second;
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
