#include "impl/real/real_child.hpp"

#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>
#include <utility>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {
#include <sys/pidfd.h> // glibc 2.36 declares it for C only
}

#include <boost/asio/posix/stream_descriptor.hpp>
#include <fmt/format.h>

#include "impl/real/pipe_ends.hpp"

namespace badwire::net {
namespace {

// After fork: system calls only, other threads may hold any lock.
[[noreturn]] void become(char* const* words, pid_t parent, int input, int problem)
{
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1); // ended before the signal was set
    if (input >= 0) ::dup2(input, STDIN_FILENO);
    ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC); // our own sockets
    for (const int number : {SIGPIPE, SIGINT, SIGTERM}) std::signal(number, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execvp(words[0], words);
    const int why = errno;
    [[maybe_unused]] const ssize_t told = ::write(problem, &why, sizeof why);
    ::_exit(127);
}

class real_child final : public child_backend, public stoppable {
public:
    real_child(const asio::any_io_executor& executor, stoppables& alive,
               const child_command& command)
        : input_(executor), life_(executor)
    {
        start(command);
        alive.push_back(*this);
    }

    ~real_child() override
    {
        if (pid_ < 0) return;
        constexpr int patience_ms = 2000;
        ::kill(pid_, SIGTERM);
        pollfd ended{life_.native_handle(), POLLIN, 0};
        if (::poll(&ended, 1, patience_ms) <= 0) ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }

    asio::any_io_executor get_executor() override { return life_.get_executor(); }

    void cancel() override
    {
        error_code ignored;
        input_.cancel(ignored);
        life_.cancel(ignored);
    }

    void stop() override
    {
        stopped_ = true;
        if (pid_ > 0) ::kill(pid_, SIGTERM);
        cancel();
    }

    void write_some(asio::const_buffer buffer, io_handler handler) override
    {
        input_.async_write_some(buffer, std::move(handler));
        if (stopped_) cancel();
    }

    void close_input() override
    {
        error_code ignored;
        input_.close(ignored);
    }

    void wait(exit_handler handler) override
    {
        life_.async_wait(asio::posix::descriptor_base::wait_read,
                         [this, handler = std::move(handler)](error_code failed) mutable {
                             int status = 0;
                             if (!failed && ::waitpid(pid_, &status, 0) == pid_) pid_ = -1;
                             const int code =
                                 WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
                             std::move(handler)(failed, code);
                         });
        if (stopped_) cancel();
    }

private:
    void start(const child_command& command)
    {
        std::vector<char*> words;
        for (const std::string& word : command.words)
            words.push_back(const_cast<char*>(word.c_str())); // execvp changes nothing
        words.push_back(nullptr);
        pipe_ends problem("start a program");
        std::optional<pipe_ends> input;
        if (command.feeds_input) input.emplace("start a program");

        const pid_t parent = ::getpid();
        const pid_t pid = ::fork();
        if (pid == 0)
            become(words.data(), parent, input ? input->read_end() : -1, problem.write_end());
        const int fork_error = errno;
        problem.close_write_end();
        int why = pid < 0 ? fork_error : 0;
        if (pid > 0 && ::read(problem.read_end(), &why, sizeof why) > 0) ::waitpid(pid, nullptr, 0);
        if (why != 0)
            throw failure(fmt::format("cannot start {}: {}", command.words.front(),
                                      std::generic_category().message(why)));
        pid_ = pid;
        life_.assign(::pidfd_open(pid, 0));
        if (input) input_.assign(input->take_write_end());
    }

    asio::posix::stream_descriptor input_;
    asio::posix::stream_descriptor life_; // readable once the process has ended
    pid_t pid_ = -1;
    bool stopped_ = false;
};

} // namespace

std::unique_ptr<child_backend> make_real_child(const asio::any_io_executor& executor,
                                               stoppables& alive, const child_command& command)
{
    return std::make_unique<real_child>(executor, alive, command);
}

} // namespace badwire::net
