// How a supervised process begins: the part of process_tree.hpp before the program's first instruction.
#include "sim/guest/process_tree.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "sim/guest/thread_status.hpp"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS // Linux 6.6
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

namespace badwire::guest {
namespace {

[[noreturn]] void fail_with(const char* what, int number = errno)
{
    throw std::system_error(number, std::generic_category(), what);
}

// ---- the filter

std::vector<sock_filter> filter_of(std::span<const int> trapped, std::span<const int> refused)
{
    constexpr std::uint32_t arch_at = offsetof(seccomp_data, arch);
    constexpr std::uint32_t number_at = offsetof(seccomp_data, nr);
    constexpr std::uint32_t x32_bit = 0x40000000;
    const auto load = [](std::uint32_t at) {
        return sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at);
    };
    const auto end_with = [](std::uint32_t verdict) {
        return sock_filter BPF_STMT(BPF_RET | BPF_K, verdict);
    };
    std::vector<sock_filter> made{
        load(arch_at),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
        end_with(SECCOMP_RET_ERRNO | ENOSYS),
        load(number_at),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, x32_bit, 0, 1),
        end_with(SECCOMP_RET_ERRNO | ENOSYS),
    };
    const auto add = [&](std::span<const int> numbers, std::uint32_t verdict) {
        for (const int number : numbers) {
            made.push_back(
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 1));
            made.push_back(end_with(verdict));
        }
    };
    add(trapped, SECCOMP_RET_USER_NOTIF);
    add(refused, SECCOMP_RET_ERRNO | ENOSYS);
    made.push_back(end_with(SECCOMP_RET_ALLOW));
    return made;
}

// ---- in the child, after fork: nothing here may allocate

// Stops for the supervisor, which reads the value in a register.
void tell(long value) { asm volatile("int3" : : "a"(value) : "memory"); }

std::vector<char*> pointers_to(const std::vector<std::string>& texts)
{
    std::vector<char*> all;
    for (const auto& text : texts) all.push_back(const_cast<char*>(text.c_str()));
    all.push_back(nullptr);
    return all;
}

struct prepared {
    const image& what;
    std::vector<char*> words = pointers_to(what.words);
    std::vector<char*> env = pointers_to(what.env);
    std::vector<sock_filter> filter;
};

// The standard descriptors, at their places: copies above them first, so that none overwrites another.
bool put_standard(std::array<int, 3> from)
{
    for (int& one : from)
        if ((one = fcntl(one, F_DUPFD_CLOEXEC, 3)) < 0) return false;
    for (int place = 0; place < 3; ++place)
        if (dup2(from[static_cast<std::size_t>(place)], place) < 0) return false;
    return true;
}

void become_default(int number)
{
    struct sigaction usual {};
    usual.sa_handler = SIG_DFL;
    sigaction(number, &usual, nullptr);
}

bool write_line(const char* file, const char* line)
{
    const int opened = open(file, O_WRONLY | O_CLOEXEC);
    return opened >= 0 && write(opened, line, strlen(line)) > 0 && close(opened) == 0;
}

// Process numbers of their own for this process' children. An ordinary user needs to be alone with his
// own number among users for that (user_namespaces(7)).
bool leave_numbers(unsigned user, unsigned group)
{
    if (unshare(CLONE_NEWPID) == 0) return true;
    if (unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) return false;
    char line[64];
    snprintf(line, sizeof line, "%u %u 1", user, user);
    const bool users = write_line("/proc/self/uid_map", line);
    snprintf(line, sizeof line, "%u %u 1", group, group);
    return users && write_line("/proc/self/setgroups", "deny") &&
           write_line("/proc/self/gid_map", line);
}

// Tells the supervisor which process this is, in the supervisor's numbers.
void introduce(int socket)
{
    while (send(socket, "x", 1, MSG_NOSIGNAL) < 0 && errno == EINTR) {}
}

// The init of its own numbers reaps whatever nobody waits for, and ends with its supervisor.
[[noreturn]] void be_init(int socket)
{
    signal(SIGCHLD, SIG_IGN);
    // Of pipes whose end others wait for: before the supervisor goes on, none is held here.
    const auto kept = static_cast<unsigned>(socket);
    if (kept > 0) syscall(SYS_close_range, 0U, kept - 1, 0U);
    syscall(SYS_close_range, kept + 1, ~0U, 0U);
    introduce(socket);
    close(socket);
    for (;;) pause();
}

// What it may open at a time is what is usual, and not what this process has been given.
void limit_descriptors()
{
    rlimit limit{};
    constexpr rlim_t usual = 1024;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = std::min(limit.rlim_max, usual);
    setrlimit(RLIMIT_NOFILE, &limit);
}

[[noreturn]] void become(const prepared& plan, int start_signal)
{
    char byte = 0;
    introduce(start_signal);
    while (read(start_signal, &byte, 1) < 0 && errno == EINTR) {}
    for (int number = 1; number < SIGRTMIN; ++number)
        if (number != SIGKILL && number != SIGSTOP) become_default(number);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    personality(ADDR_NO_RANDOMIZE); // where it is forbidden, addresses differ from run to run
    const sock_fprog program{static_cast<unsigned short>(plan.filter.size()),
                             const_cast<sock_filter*>(plan.filter.data())};
    const bool ready = setsid() >= 0 && put_standard(plan.what.standard) &&
                       (!plan.what.terminal || ioctl(0, TIOCSCTTY, 0) == 0) &&
                       chdir(plan.what.folder.c_str()) == 0 &&
                       prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) == 0 &&
                       syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */) == 0 &&
                       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    const long listener =
        ready ? syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                        SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
                        &program)
              : -1;
    tell(listener < 0 ? -errno : listener);
    limit_descriptors();
    if (listener >= 0) execve(plan.what.executable.c_str(), plan.words.data(), plan.env.data());
    tell(-errno);
    for (;;) _exit(127);
}

// ---- in the supervisor

long told_value(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, __WALL) < 0)
        if (errno != EINTR) fail_with("waiting for the new process");
    if (!WIFSTOPPED(status)) fail_with("starting a process under supervision", ECHILD);
    user_regs_struct registers{};
    if (ptrace(PTRACE_GETREGS, child, nullptr, &registers) != 0)
        fail_with("reading a process' registers");
    return static_cast<long>(registers.rax);
}

// What lets ppoll() return when a child has stopped: the signal must not be ignored by default.
void notice_children()
{
    static const bool once = [] {
        struct sigaction now {};
        sigaction(SIGCHLD, nullptr, &now);
        if ((now.sa_flags & SA_SIGINFO) == 0 && now.sa_handler == SIG_DFL) {
            now.sa_handler = [](int) {};
            now.sa_flags = SA_RESTART;
            sigaction(SIGCHLD, &now, nullptr);
        }
        return true;
    }();
    static_cast<void>(once);
}

// The process at the other end that sent the next byte; 0: nobody is left there.
pid_t next_introduced(int socket)
{
    char byte = 0;
    iovec into{&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))];
    msghdr message{};
    message.msg_iov = &into;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    ssize_t length = 0;
    while ((length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {}
    const cmsghdr* const header = length > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
    if (header == nullptr || header->cmsg_type != SCM_CREDENTIALS) return 0;
    ucred who{};
    std::memcpy(&who, CMSG_DATA(header), sizeof who);
    return who.pid;
}

// In a child: makes the program's process, with its own numbers if that can be, else without.
[[noreturn]] void make_root(const prepared& plan, int socket, int told_whether)
{
    const bool own = leave_numbers(getuid(), getgid());
    if (write(told_whether, own ? "y" : "n", 1) != 1) _exit(1);
    const pid_t child = fork();
    if (child != 0) _exit(child < 0);
    if (!own) become(plan, socket);
    char before[16];
    snprintf(before, sizeof before, "%d", plan.what.first_number - 1);
    write_line("/proc/sys/kernel/ns_last_pid", before); // where it is forbidden, they begin with 2
    const pid_t program = fork();                       // of the init
    if (program == 0) become(plan, socket);
    be_init(socket);
}

} // namespace

std::shared_mutex& process_tree::closing()
{
    static std::shared_mutex one;
    return one;
}

process_tree::process_tree(const image& what, std::span<const int> trapped,
                           std::span<const int> refused)
{
    notice_children();
    try {
        start(what, trapped, refused);
    } catch (...) {
        kill_all();
        throw;
    }
}

void process_tree::start(const image& what, std::span<const int> trapped,
                         std::span<const int> refused)
{
    const std::unique_lock nobody_closes(closing());
    const prepared plan{.what = what, .filter = filter_of(trapped, refused)};
    int ends[2];
    int told[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) fail_with("making sockets");
    owned_descriptor mine(ends[0]);
    owned_descriptor theirs(ends[1]);
    if (pipe2(told, O_CLOEXEC) != 0) fail_with("making a pipe");
    owned_descriptor read_told(told[0]);
    owned_descriptor write_told(told[1]);
    constexpr int on = 1;
    setsockopt(mine.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
    const pid_t maker = fork();
    if (maker < 0) fail_with("starting a process");
    if (maker == 0) make_root(plan, theirs.get(), write_told.get());
    theirs.close();
    write_told.close();
    while (waitpid(maker, nullptr, 0) < 0 && errno == EINTR) {}
    char own = 0;
    if (read(read_told.get(), &own, 1) != 1) fail_with("starting a process", ECHILD);
    const pid_t first = next_introduced(mine.get());
    const pid_t second = own == 'y' ? next_introduced(mine.get()) : 0;
    if (first == 0) fail_with("starting a process", ECHILD);
    // The init is the older one, so far as numbers do not begin again; its parent tells for sure.
    const bool first_is_init = second != 0 && numbers_of(second).parent == first;
    init_ = second == 0 ? -1 : first_is_init ? first : second;
    root_ = first_is_init ? second : first;
    threads_.insert(root_);
    if (init_ > 0) {
        const bool traced = ptrace(PTRACE_SEIZE, init_, nullptr, PTRACE_O_EXITKILL) == 0;
        if (!traced) fail_with("supervising a process (ptrace)");
    }
    if (trace(root_) != 0) fail_with("supervising a process (ptrace)");
    if (write(mine.get(), "x", 1) != 1) fail_with("starting a process");
    const long listener = told_value(root_);
    if (listener < 0) fail_with("preparing the process", static_cast<int>(-listener));
    listener_ = copy_descriptor(root_, static_cast<int>(listener));
    if (!listener_) fail_with("listening to a process' calls");
    // Hands the core over at each call; older kernels do without.
    ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
    go_on(root_);
    int status = 0;
    while (waitpid(root_, &status, __WALL) < 0 && errno == EINTR) {}
    if ((status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8))) return;
    user_regs_struct registers{};
    ptrace(PTRACE_GETREGS, root_, nullptr, &registers);
    fail_with("executing it", static_cast<int>(-static_cast<long>(registers.rax)));
}

} // namespace badwire::guest
