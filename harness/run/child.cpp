#include "harness/run/child.hpp"

#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <optional>
#include <thread>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {
#include <sys/pidfd.h> // glibc 2.36 declares it for C only
}

#include "harness/run/command_process.hpp"
#include "impl/base/new_terminal.hpp"
#include "impl/real/pipe_ends.hpp"

namespace badwire::harness {

namespace asio = boost::asio;
using net::error_code;

namespace {

std::string error_text(int number) { return std::generic_category().message(number); }

new_terminal open_terminal_of_child()
{
    try {
        return open_terminal();
    } catch (const std::system_error& refused) {
        throw net::failure(
            fmt::format("cannot open a terminal: {}", error_text(refused.code().value())));
    }
}

// How a child begins: with the signals as they are by default, as the leader of a group. One with a
// terminal leads a session, too: a session's leader gets the terminal that it opens first.
class spawn_attributes {
public:
    explicit spawn_attributes(bool terminal)
    {
        posix_spawnattr_init(&made_);
        const int leads = terminal ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP;
        posix_spawnattr_setflags(
            &made_, static_cast<short>(leads | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK));
        sigset_t signals;
        sigemptyset(&signals);
        posix_spawnattr_setsigmask(&made_, &signals);
        for (const int number : {SIGPIPE, SIGINT, SIGTERM}) sigaddset(&signals, number);
        posix_spawnattr_setsigdefault(&made_, &signals);
    }
    ~spawn_attributes() { posix_spawnattr_destroy(&made_); }
    spawn_attributes(const spawn_attributes&) = delete;
    spawn_attributes& operator=(const spawn_attributes&) = delete;
    const posix_spawnattr_t* get() const { return &made_; }

private:
    posix_spawnattr_t made_{};
};

} // namespace

struct child::state : std::enable_shared_from_this<state> {
    state(asio::io_context& context, actor_watcher who)
        : watcher(std::move(who)), output(context), errors(context), input(context), life(context)
    {
    }

    void start(const child_options& options);
    void read(asio::posix::stream_descriptor& from, std::array<char, 16384>& buffer,
              std::ofstream& log, std::function<void(std::string_view)> state_watcher);
    void wait_for_end();
    void write_next();
    void reap();
    void finish_if_done();

    actor_watcher watcher;
    asio::posix::stream_descriptor output;
    asio::posix::stream_descriptor errors;
    asio::posix::stream_descriptor input;
    asio::posix::stream_descriptor life; // a pidfd
    std::array<char, 16384> output_buffer{};
    std::array<char, 16384> error_buffer{};
    std::ofstream output_log;
    std::ofstream error_log;
    std::deque<std::string> to_write;
    bool input_ends = false;
    bool ends_input_by_a_key = false; // a terminal's Ctrl+D
    pid_t pid = -1;
    bool reaped = false;
    int reads = 0; // going on
    int exit = 0;
    core_waits waits{-1};
    std::string lost_output;
};

void child::state::start(const child_options& options)
{
    net::pipe_ends err("start a process");
    std::optional<net::pipe_ends> out;
    std::optional<net::pipe_ends> in;
    std::string terminal;
    errors.assign(err.take_read_end());
    if (options.terminal) {
        const auto [master, name] = open_terminal_of_child();
        terminal = name;
        output.assign(master);
        input.assign(::fcntl(master, F_DUPFD_CLOEXEC, 0));
        ends_input_by_a_key = true;
    } else {
        output.assign(out.emplace("start a process").take_read_end());
        if (options.takes_input) input.assign(in.emplace("start a process").take_write_end());
    }

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (options.terminal)
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, terminal.c_str(), O_RDWR, 0);
    else if (in) posix_spawn_file_actions_adddup2(&actions, in->read_end(), STDIN_FILENO);
    else posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out ? out->write_end() : STDIN_FILENO,
                                     STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err.write_end(), STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1); // our own sockets
    posix_spawn_file_actions_addchdir_np(&actions, options.folder.c_str());

    const spawn_attributes attributes(options.terminal);
    const std::vector<std::string> environment = whole_environment(options.env);
    const auto pointers = [](const std::vector<std::string>& texts) {
        std::vector<char*> result;
        for (const auto& text : texts) result.push_back(const_cast<char*>(text.c_str()));
        result.push_back(nullptr);
        return result;
    };
    const int failed =
        posix_spawnp(&pid, options.command.front().c_str(), &actions, attributes.get(),
                     pointers(options.command).data(), pointers(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    if (failed) {
        pid = -1;
        const std::string told =
            fmt::format("cannot start {}: {}", options.command.front(), error_text(failed));
        constexpr std::array lacking{EAGAIN, ENOMEM, EMFILE, ENFILE};
        if (std::ranges::find(lacking, failed) != lacking.end()) throw net::failure(told);
        throw cannot_run(told);
    }
    waits = core_waits(pid);
    life.assign(pidfd_open(pid, 0));
    const auto how = std::ios::binary | (options.append_logs ? std::ios::app : std::ios::trunc);
    output_log.open(options.output_log, how);
    error_log.open(options.error_log, how);
    read(output, output_buffer, output_log, watcher.output);
    read(errors, error_buffer, error_log, watcher.errors);
    wait_for_end();
}

void child::state::read(asio::posix::stream_descriptor& from, std::array<char, 16384>& buffer,
                        std::ofstream& log, std::function<void(std::string_view)> tell)
{
    ++reads;
    from.async_read_some(asio::buffer(buffer), [self = shared_from_this(), &from, &buffer, &log,
                                                tell](error_code failed, std::size_t length) {
        --self->reads;
        const std::string_view text(buffer.data(), length);
        log << text;
        if (length > 0 && tell) tell(text);
        // An error is the end of the file, when nobody holds the other end any more, or our own end.
        if (failed || self->reaped) self->finish_if_done();
        else self->read(from, buffer, log, tell);
    });
}

void child::state::wait_for_end()
{
    life.async_wait(asio::posix::stream_descriptor::wait_read,
                    [self = shared_from_this()](error_code failed) {
                        if (failed == asio::error::operation_aborted) return;
                        self->reap();
                        self->finish_if_done();
                    });
}

void child::state::reap()
{
    if (pid < 0 || std::exchange(reaped, true)) return;
    waits.look();
    ::kill(-pid, SIGKILL); // what it started and left behind; it holds the group's number till now
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    exit = exit_code(status);
}

// The end is told after the last output: a pipe that a stranger still holds open is not waited for.
void child::state::finish_if_done()
{
    if (!reaped || !watcher.ended) return;
    if (reads > 0) { // what they have read by now comes first
        error_code ignored;
        output.cancel(ignored);
        errors.cancel(ignored);
        return;
    }
    for (auto* pipe : {&output, &errors}) {
        const bool is_output = pipe == &output;
        auto& tell = is_output ? watcher.output : watcher.errors;
        auto& log = is_output ? output_log : error_log;
        std::array<char, 16384> rest{};
        error_code failed;
        pipe->non_blocking(true, failed);
        while (const std::size_t length = pipe->read_some(asio::buffer(rest), failed)) {
            log << std::string_view(rest.data(), length);
            if (tell) tell({rest.data(), length});
        }
        pipe->close(failed);
    }
    for (auto* log : {&output_log, &error_log}) {
        log->close();
        if (!*log) lost_output = "a log of what it prints could not be written: is the disk full?";
    }
    error_code ignored;
    input.close(ignored);
    life.close(ignored);
    auto ended = std::exchange(watcher.ended, nullptr);
    ended(exit);
}

void child::state::write_next()
{
    if (to_write.empty()) {
        error_code ignored;
        if (input_ends) input.close(ignored);
        return;
    }
    asio::async_write(input, asio::buffer(to_write.front()),
                      [self = shared_from_this()](error_code failed, std::size_t) {
                          if (failed) return; // it has ended, or closed its input
                          self->to_write.pop_front();
                          self->write_next();
                      });
}

child::child(asio::io_context& context, const child_options& options, actor_watcher watcher)
    : state_(std::make_shared<state>(context, std::move(watcher)))
{
    state_->start(options);
}

child::~child()
{
    state_->watcher = {};
    if (state_->pid > 0 && !state_->reaped) {
        ::kill(-state_->pid, SIGKILL);
        ::kill(state_->pid, SIGKILL);
        state_->reap();
    }
    error_code ignored;
    for (auto* end : {&state_->output, &state_->errors, &state_->input, &state_->life})
        end->close(ignored);
}

void child::write(const std::string& text)
{
    if (!state_->input.is_open()) return;
    state_->to_write.push_back(text);
    if (state_->to_write.size() == 1) state_->write_next();
}

void child::close_input()
{
    if (state_->ends_input_by_a_key) return write("\x04");
    state_->input_ends = true;
    if (state_->to_write.empty()) state_->write_next();
}

void child::signal(int number)
{
    if (state_->pid > 0 && !state_->reaped) ::kill(-state_->pid, number);
}

int child::pid() const { return state_->reaped ? -1 : state_->pid; }

duration child::waited() const { return state_->waits.total(); }

const std::string& child::lost_output() const { return state_->lost_output; }

void child::look()
{
    if (!state_->reaped) state_->waits.look();
}

void child::start_waiting_over()
{
    if (!state_->reaped) state_->waits.start_over();
}

bool kill_marked(const std::string& token, duration patience)
{
    const std::string mark = "BADWIRE_RUN=" + token;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
        bool any = false;
        std::error_code failed;
        for (const auto& entry : std::filesystem::directory_iterator("/proc", failed)) {
            const std::string name = entry.path().filename();
            pid_t pid = 0;
            const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
            if (parsed.ec != std::errc{} || parsed.ptr != name.data() + name.size()) continue;
            if (pid == getpid()) continue;
            std::ifstream file(entry.path() / "environ", std::ios::binary);
            std::string variable;
            while (std::getline(file, variable, '\0'))
                if (variable == mark || variable.starts_with(mark + ".")) {
                    any = true;
                    ::kill(pid, SIGKILL);
                    break;
                }
        }
        if (!any) return true;
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

} // namespace badwire::harness
