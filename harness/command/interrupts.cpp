#include "harness/command/interrupts.hpp"

#include <csignal>
#include <cstdlib>

namespace badwire::harness {
namespace {

constexpr int signal_base = 128; // of exit codes
std::atomic<bool> signalled{false};
std::atomic<int> cancelled_by{0};

// The second time ends it at once; the guard then ends every process of the runs.
void cancel(int signal)
{
    if (signalled) std::_Exit(signal_base + signal);
    cancelled_by = signal;
    signalled = true;
}

} // namespace

const std::atomic<bool>& cancel_on_signals()
{
    std::signal(SIGINT, cancel);
    std::signal(SIGTERM, cancel);
    return signalled;
}

std::optional<int> exit_code_of_signal()
{
    if (!signalled) return {};
    return signal_base + cancelled_by;
}

} // namespace badwire::harness
