// interruptible.hpp: long work in C++ on behalf of a Python caller that Ctrl+C can end.
#pragma once

#include <atomic>
#include <functional>

namespace badwire::bindings {

/// Runs `work` in a thread of its own while other Python threads go on. Where a Python signal
/// handler raises meanwhile (as Ctrl+C does in the main thread), `cancelled` becomes true, work is
/// waited for, and what the handler raised is thrown. What work throws is thrown here, too.
/// Call it with the GIL held; work must not touch Python.
void run_interruptibly(const std::function<void()>& work, std::atomic<bool>& cancelled);

} // namespace badwire::bindings
