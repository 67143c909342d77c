#include "harness/run/core_waits.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace badwire::harness {
namespace {

// The second number of a schedstat: nanoseconds runnable but not running.
net::duration waited(const std::filesystem::path& schedstat)
{
    std::ifstream stat(schedstat);
    std::int64_t running_ns = 0;
    std::int64_t waiting_ns = 0;
    stat >> running_ns >> waiting_ns;
    return net::duration(waiting_ns);
}

} // namespace

void core_waits::look_at(pid_t pid)
{
    std::error_code gone;
    for (const auto& task :
         std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid), gone)) {
        const std::string name = task.path().filename();
        pid_t thread = 0;
        std::from_chars(name.data(), name.data() + name.size(), thread);
        auto& known = threads_[thread];
        known = std::max(known, waited(task.path() / "schedstat"));
        std::ifstream children(task.path() / "children"); // missing in some kernels
        for (pid_t child = 0; children >> child;) look_at(child);
    }
}

void core_waits::start_over()
{
    look();
    before_ = net::duration(0);
    before_ = total();
}

net::duration core_waits::total() const
{
    net::duration sum = -before_;
    for (const auto& [thread, waiting] : threads_) sum += waiting;
    return sum;
}

net::duration waited_by_this_thread() { return waited("/proc/thread-self/schedstat"); }

} // namespace badwire::harness
