// parallel.hpp: the same work on many things, side by side.
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace badwire::harness {

/// Calls `work` with every number below `count`, in `jobs` threads, each next number in turn. An
/// exception ends it and is thrown here.
template <typename Work>
void in_parallel(unsigned jobs, std::size_t count, Work work)
{
    std::atomic<std::size_t> next{0};
    std::mutex failing;
    std::exception_ptr failed;
    const auto some = [&] {
        for (std::size_t i = 0; (i = next++) < count;) try {
                work(i);
            } catch (...) {
                const std::lock_guard lock(failing);
                failed = std::current_exception();
                next = count;
            }
    };
    std::vector<std::thread> helpers;
    for (std::size_t i = 1; i < std::min<std::size_t>(jobs, count); ++i) helpers.emplace_back(some);
    some();
    for (std::thread& helper : helpers) helper.join();
    if (failed) std::rethrow_exception(failed);
}

} // namespace badwire::harness
