#include "harness/run/guard.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <random>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/run/child.hpp"
#include "impl/real/pipe_ends.hpp"

extern char** environ;

namespace badwire::harness {

namespace {

std::filesystem::path& brought_executable()
{
    static std::filesystem::path file;
    return file;
}

} // namespace

void set_badwire_executable(std::filesystem::path file) { brought_executable() = std::move(file); }

std::filesystem::path badwire_executable()
{
    if (const char* named = std::getenv("BADWIRE"); named && *named) return named;
    if (!brought_executable().empty()) return brought_executable();
    std::string_view path = std::getenv("PATH") ? std::getenv("PATH") : "";
    while (!path.empty()) {
        const auto end = path.find(':');
        auto candidate = std::filesystem::path(path.substr(0, end)) / "badwire";
        if (access(candidate.c_str(), X_OK) == 0) return candidate;
        path = end == std::string_view::npos ? "" : path.substr(end + 1);
    }
    throw net::failure("cannot find the badwire command, which runs the programs of a scenario: "
                       "put it into PATH or set BADWIRE to its file");
}

guard::guard(const std::filesystem::path& folder)
{
    std::random_device entropy;
    token_ = fmt::format("{}-{:08x}{:08x}", getpid(), entropy(), entropy());
    net::pipe_ends pipe("start the guard of a run");
    const std::string executable = badwire_executable();
    const std::string place = folder;
    const std::array<char*, 5> command{const_cast<char*>(executable.c_str()),
                                       const_cast<char*>("guard"), token_.data(),
                                       const_cast<char*>(place.c_str()), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe.read_end(), STDIN_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    // A session of its own: Ctrl+C at the terminal does not reach it.
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    const int failed =
        posix_spawn(&pid_, executable.c_str(), &actions, &attributes, command.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failed)
        throw net::failure(fmt::format("cannot start {}: {}", executable,
                                       std::generic_category().message(failed)));
    pipe_ = pipe.take_write_end();
}

guard::~guard()
{
    const char all_is_well = 'q';
    [[maybe_unused]] const auto written = ::write(pipe_, &all_is_well, 1);
    ::close(pipe_);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {}
}

int guard_main(const std::string& token, const std::filesystem::path& folder)
{
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) std::signal(number, SIG_IGN);
    char word = 0;
    ssize_t length = 0;
    while ((length = ::read(STDIN_FILENO, &word, 1)) < 0 && errno == EINTR) {}
    if (length == 1) return 0;
    kill_marked(token, std::chrono::seconds(5));
    std::error_code ignored;
    if (!folder.empty()) std::filesystem::remove_all(folder, ignored);
    return 0;
}

} // namespace badwire::harness
