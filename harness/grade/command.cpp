#include "harness/grade/command.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

extern "C" {
#include <sys/pidfd.h> // glibc 2.36 declares it for C only
}

#include "harness/run/command_process.hpp"
#include "impl/base/units.hpp"
#include "impl/real/pipe_ends.hpp"

extern char** environ;

namespace badwire::harness {
namespace {

using std::chrono::steady_clock;

pid_t start_group(const std::vector<std::string>& words, const std::filesystem::path& folder,
                  int output, int& failed)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t usual;
    sigemptyset(&usual);
    posix_spawnattr_setsigmask(&attributes, &usual);
    for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGXFSZ}) sigaddset(&usual, number);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETSIGMASK);
    std::vector<char*> pointers;
    for (const auto& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
    pointers.push_back(nullptr);
    pid_t pid = -1;
    failed =
        posix_spawnp(&pid, words.front().c_str(), &actions, &attributes, pointers.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

// Reads what it prints until it has ended, whoever still holds its output; keeps the end of it. False:
// the deadline came first.
bool read_until_end(int from, int life, steady_clock::time_point deadline, std::string& into)
{
    constexpr std::size_t kept = 4096;
    std::array<char, 16384> block{};
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
        if (left.count() <= 0) return false;
        std::array<pollfd, 2> seen{pollfd{from, POLLIN, 0}, pollfd{life, POLLIN, 0}};
        const auto wait = static_cast<int>(std::min<std::int64_t>(left.count(), 1'000'000));
        if (::poll(seen.data(), seen.size(), wait) <= 0) continue;
        if (seen[0].revents == 0) return true; // all is read
        const ssize_t length = ::read(from, block.data(), block.size());
        if (length < 0 && errno == EINTR) continue;
        if (length <= 0) from = -1; // poll() leaves it out
        else into.append(block.data(), static_cast<std::size_t>(length));
        if (into.size() > 2 * kept) into.erase(0, into.size() - kept);
    }
}

} // namespace

command_result run_command(const std::vector<std::string>& words,
                           const std::filesystem::path& folder, duration time_limit)
{
    command_result made;
    net::pipe_ends output("run a command");
    int failed = 0;
    const pid_t pid = start_group(words, folder, output.write_end(), failed);
    if (failed != 0) {
        made.why_not = fmt::format("cannot start it: {}", std::generic_category().message(failed));
        return made;
    }
    const int from = output.take_read_end();
    output.close_write_end();
    const int life = pidfd_open(pid, 0);
    const bool in_time = read_until_end(from, life, steady_clock::now() + time_limit, made.output);
    ::close(life);
    ::close(from);
    ::kill(-pid, SIGKILL); // what it left behind, too
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    if (!in_time) made.why_not = fmt::format("it took longer than {}", format_duration(time_limit));
    else if (const int code = exit_code(status); code != 0)
        made.why_not = fmt::format("it exited with {}", code);
    return made;
}

} // namespace badwire::harness
