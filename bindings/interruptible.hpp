// interruptible.hpp: long work in C++ for a Python caller, which Ctrl+C can end.
#pragma once

#include <atomic>
#include <functional>

namespace badwire::bindings {

/// Ends the work that it was given to, from any thread.
struct stop_flag {
    std::atomic<bool> set{false};
};

/// Runs `work` in a thread of its own while other Python threads go on. If a Python signal handler
/// raises in the meantime (as Ctrl+C does in the main thread), `cancelled` becomes true, this waits
/// for work to end, and the handler's exception is thrown. What work throws is thrown here, too.
/// Call it with the GIL held; work must not touch Python.
void run_interruptibly(const std::function<void()>& work, std::atomic<bool>& cancelled);

} // namespace badwire::bindings
