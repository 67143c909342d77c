#include "impl/real/real_process.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impl/net/network.hpp"
#include "impl/real/pipe_ends.hpp"

namespace badwire::net {
namespace {

#ifdef __SANITIZE_THREAD__
constexpr std::ptrdiff_t threads_allowed = 2; // ThreadSanitizer has one, and takes care of it
#else
constexpr std::ptrdiff_t threads_allowed = 1;
#endif

void refuse_among_threads()
{
    const std::filesystem::directory_iterator threads("/proc/self/task");
    if (std::distance(begin(threads), end(threads)) > threads_allowed)
        throw failure("cannot start a process for a client: this program has several threads; "
                      "choose a thread for each client instead");
}

void close_all_but(int one, int other)
{
    const auto close_from_to = [](unsigned first, unsigned last) {
        if (first <= last) ::close_range(first, last, 0);
    };
    const auto low = static_cast<unsigned>(std::min(one, other));
    const auto high = static_cast<unsigned>(std::max(one, other));
    close_from_to(STDERR_FILENO + 1, low - 1);
    close_from_to(low + 1, high - 1);
    close_from_to(high + 1, ~0U);
}

void write_all(int descriptor, std::string_view text)
{
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno != EINTR) return; // the parent has closed its end
        if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    }
}

// _exit: handlers that the parent has for its own end must not run in a child.
[[noreturn]] void live(pid_t parent, int kept, int report, const std::function<std::string()>& work)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1); // the parent ended before that was set
    close_all_but(kept, report);
    try {
        write_all(report, work());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "a client's process failed: %s\n", error.what());
        ::_exit(1);
    }
    ::_exit(0);
}

} // namespace

child_process fork_child(int kept, const std::function<std::string()>& work)
{
    refuse_among_threads();
    pipe_ends pipe("start a process for a client");

    // Until the child has its own handlers, a signal for it would run the parent's handlers, which
    // write into a pipe that both processes have.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, &before);
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    const int problem = errno;
    if (child == 0) {
        std::signal(SIGINT, SIG_DFL);
        std::signal(SIGTERM, SIG_DFL);
        ::sigprocmask(SIG_SETMASK, &before, nullptr);
        live(parent, kept, pipe.write_end(), work);
    }
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    if (child < 0)
        throw failure("cannot start a process for a client: " +
                      std::generic_category().message(problem));
    return {child, pipe.take_read_end()};
}

std::string reap_child(pid_t child)
{
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return {};
    if (!WIFSIGNALED(status)) return {};
    const int number = WTERMSIG(status);
    if (number == SIGTERM || number == SIGINT) return {};
    return fmt::format("process {} was ended by signal {} ({})", child, number,
                       ::sigdescr_np(number));
}

namespace {

// Blocks them, and says which they are.
sigset_t block_requests()
{
    sigset_t requests;
    sigemptyset(&requests);
    sigaddset(&requests, SIGINT);
    sigaddset(&requests, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &requests, nullptr);
    return requests;
}

} // namespace

void ignore_requests_to_end() { block_requests(); }

int block_requests_to_end()
{
    const sigset_t requests = block_requests();
    const int descriptor = ::signalfd(-1, &requests, SFD_CLOEXEC | SFD_NONBLOCK);
    if (descriptor < 0)
        throw failure("cannot listen for signals: " + std::generic_category().message(errno));
    return descriptor;
}

void ask_child_to_end(pid_t child) { ::kill(child, SIGTERM); }

void end_child(pid_t child)
{
    ::kill(child, SIGKILL);
    reap_child(child);
}

} // namespace badwire::net
