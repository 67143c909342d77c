#include "bindings/interruptible.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

#include <pybind11/pybind11.h>

#include "bindings/quiet_thread.hpp"

namespace badwire::bindings {
namespace {

namespace py = pybind11;

constexpr auto signal_poll_interval = std::chrono::milliseconds(50);

} // namespace

void run_interruptibly(const std::function<void()>& work, std::atomic<bool>& cancelled)
{
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    std::exception_ptr problem;
    std::thread worker = quiet_thread([&] {
        try {
            work();
        } catch (...) {
            problem = std::current_exception();
        }
        const std::lock_guard lock(mutex);
        done = true;
        changed.notify_one();
    });

    std::optional<py::error_already_set> raised;
    while (!raised) {
        bool ended = false;
        {
            const py::gil_scoped_release others_go_on;
            std::unique_lock lock(mutex);
            ended = changed.wait_for(lock, signal_poll_interval, [&] { return done; });
        }
        if (ended) break;
        if (PyErr_CheckSignals() != 0) {
            raised.emplace();
            cancelled = true;
        }
    }
    {
        const py::gil_scoped_release others_go_on;
        worker.join();
    }
    if (raised) throw std::move(*raised);
    if (problem) std::rethrow_exception(problem);
}

} // namespace badwire::bindings
