#include "sim/guest/process_tree.hpp"

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
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
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

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
            made.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 1));
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
void tell(long value)
{
    asm volatile("int3" : : "a"(value) : "memory");
}

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
    introduce(socket);
    syscall(SYS_close_range, 0U, ~0U, 0U); // of pipes whose end others wait for
    for (;;) pause();
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

pid_t parent_of(pid_t process)
{
    std::ifstream lines("/proc/" + std::to_string(process) + "/status");
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("PPid:")) return std::atoi(line.c_str() + 5);
    return 0;
}

bool is_event(int status, int event) { return status >> 8 == (SIGTRAP | event << 8); }

pid_t event_number(pid_t thread)
{
    unsigned long number = 0;
    ptrace(PTRACE_GETEVENTMSG, thread, nullptr, &number);
    return static_cast<pid_t>(number);
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

// Tried once, with a process of nothing: what is forbidden shows only then.
std::string why_no_guests()
{
    static const std::string told = [] {
        const pid_t child = fork();
        if (child < 0) return std::string("no process can be started");
        if (child == 0) {
            sock_filter allow BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
            const sock_fprog program{1, &allow};
            raise(SIGSTOP);
            prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            const long listener = syscall(
                SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);
            _exit(listener < 0 ? errno : 0);
        }
        int status = 0;
        while (waitpid(child, &status, WUNTRACED) < 0 && errno == EINTR) {}
        const bool traced = ptrace(PTRACE_SEIZE, child, nullptr, nullptr) == 0;
        const owned_descriptor copied = process_tree::copy_descriptor(child, 0);
        if (traced) ptrace(PTRACE_DETACH, child, nullptr, nullptr);
        kill(child, SIGCONT);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
        if (!traced)
            return std::string("this system forbids ptrace; in Docker, add --cap-add SYS_PTRACE "
                               "--security-opt seccomp=unconfined, or use the network relay");
        if (!copied)
            return std::string("this system forbids pidfd_getfd; in Docker, add --security-opt "
                               "seccomp=unconfined, or use the network relay");
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            return std::string("this system has no seccomp notifications as Linux 5.19 has them, or "
                               "forbids them; use the network relay");
        return std::string();
    }();
    return told;
}

namespace {

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
    const pid_t program = fork(); // of the init
    if (program == 0) become(plan, socket);
    be_init(socket);
}

} // namespace

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
    const bool first_is_init = second != 0 && parent_of(second) == first;
    init_ = second == 0 ? -1 : first_is_init ? first : second;
    root_ = first_is_init ? second : first;
    threads_.insert(root_);
    constexpr long options = PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                             PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;
    if (init_ > 0) {
        const bool traced = ptrace(PTRACE_SEIZE, init_, nullptr, PTRACE_O_EXITKILL) == 0;
        if (!traced) fail_with("supervising a process (ptrace)");
    }
    if (ptrace(PTRACE_SEIZE, root_, nullptr, options) != 0)
        fail_with("supervising a process (ptrace)");
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
    if (is_event(status, PTRACE_EVENT_EXEC)) return;
    user_regs_struct registers{};
    ptrace(PTRACE_GETREGS, root_, nullptr, &registers);
    fail_with("executing it", static_cast<int>(-static_cast<long>(registers.rax)));
}

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
        const timespec some{0, std::chrono::nanoseconds(first ? longest_look / 8 : longest_look).count()};
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
    seccomp_notif_addfd handed{.id = to.id,
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

bool process_tree::still_waits(const trapped_call& call) const
{
    std::uint64_t id = call.id;
    return ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
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
    return owned_descriptor(static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), descriptor, 0)));
}

} // namespace badwire::guest
