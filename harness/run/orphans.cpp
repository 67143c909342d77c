#include "harness/run/orphans.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include <sys/prctl.h>
#include <sys/wait.h>

namespace badwire::harness {
namespace {

std::vector<pid_t> children()
{
    std::vector<pid_t> found;
    std::error_code failed;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task", failed)) {
        std::ifstream of_thread(thread.path() / "children");
        for (pid_t child = 0; of_thread >> child;) found.push_back(child);
    }
    return found;
}

} // namespace

void adopt_orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

void kill_children(pid_t spared, net::duration patience)
{
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < deadline) {
        auto left = children();
        std::erase(left, spared);
        if (left.empty()) return;
        for (const pid_t child : left) ::kill(child, SIGKILL);
        // What they had started becomes ours once they have been waited for.
        for (const pid_t child : left) ::waitpid(child, nullptr, WNOHANG);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

} // namespace badwire::harness
