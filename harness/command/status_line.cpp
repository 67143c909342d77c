#include "harness/command/status_line.hpp"

#include <cmath>

#include <fmt/format.h>
#include <unistd.h>

#include "harness/command/terminal.hpp"

namespace badwire::harness {

using std::chrono::steady_clock;

std::string clock_text(std::chrono::seconds time)
{
    constexpr int per_hour = 3600;
    constexpr int per_minute = 60;
    const auto all = time.count();
    if (all >= per_hour)
        return fmt::format("{}:{:02}:{:02}", all / per_hour, all % per_hour / per_minute,
                           all % per_minute);
    return fmt::format("{}:{:02}", all / per_minute, all % per_minute);
}

std::string status_text(const work_done& done, steady_clock::duration elapsed)
{
    using std::chrono::duration_cast;
    using std::chrono::seconds;
    std::string line = done.of > 0 ? fmt::format("{} of {}", done.runs, done.of)
                                   : fmt::format("{} runs", done.runs);
    line += ", " + clock_text(duration_cast<seconds>(elapsed));
    const std::uint64_t made = done.runs - done.before;
    if (made > 0 && done.of > done.runs) {
        const double each =
            std::chrono::duration<double>(elapsed).count() / static_cast<double>(made);
        const double left = std::ceil(each * static_cast<double>(done.of - done.runs));
        line +=
            fmt::format(", about {} left", clock_text(seconds(static_cast<std::int64_t>(left))));
    }
    line += fmt::format(", {} failed", done.failed);
    return done.now.empty() ? line : line + ": " + done.now;
}

status_line::status_line(bool quiet)
{
    if (!quiet && rewrites_lines(STDERR_FILENO)) clock_ = std::thread([this] { tick(); });
}

status_line::~status_line()
{
    if (!clock_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        ends_ = true;
    }
    over_.notify_all();
    clock_.join();
    show_status("");
}

void status_line::show(work_done done)
{
    if (!clock_.joinable()) return;
    const std::lock_guard lock(mutex_);
    done_ = std::move(done);
    known_ = true;
    constexpr auto rarely = std::chrono::milliseconds(50); // no more can be read
    if (steady_clock::now() - written_ >= rarely) write();
}

void status_line::tick()
{
    std::unique_lock lock(mutex_);
    while (!over_.wait_for(lock, std::chrono::milliseconds(500), [this] { return ends_; }))
        if (known_) write();
}

void status_line::write()
{
    written_ = steady_clock::now();
    show_status(status_text(done_, written_ - begin_));
}

} // namespace badwire::harness
