// status_line.hpp: how far a command has come, in one line of the terminal that is written anew:
// "12 of 100, 0:34, about 4:02 left, 2 failed: Greeting (virtual)". Nothing where standard error is
// no terminal.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace badwire::harness {

struct work_done {
    std::uint64_t runs = 0;   // that have ended
    std::uint64_t of = 0;     // how many there are, as far as is known; 0: that is not known
    std::uint64_t before = 0; // of those that have ended, how many did so before this command
    std::uint64_t failed = 0;
    std::string now{}; // what goes on
};

/// "0:34", "12:05", "3:20:01"
std::string clock_text(std::chrono::seconds time);
/// The line; `elapsed`: since the command began.
std::string status_text(const work_done& done, std::chrono::steady_clock::duration elapsed);

/// One at a time. Thread-safe.
class status_line {
public:
    explicit status_line(bool quiet = false);
    ~status_line();
    status_line(const status_line&) = delete;

    void show(work_done done);

private:
    void tick();
    void write(); // with the mutex

    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    std::mutex mutex_;
    std::condition_variable over_;
    work_done done_;
    std::chrono::steady_clock::time_point written_{};
    bool known_ = false;
    bool ends_ = false;
    std::thread clock_; // so that the time goes on while nothing ends; only on a terminal
};

} // namespace badwire::harness
