// interrupts.hpp: Ctrl+C and SIGTERM while runs go on: once cancels them, twice ends the command.
#pragma once

#include <atomic>
#include <optional>

namespace badwire::harness {

/// From now on signals set it; what polls it ends soon.
const std::atomic<bool>& cancel_on_signals();

/// The exit code of a command that a signal cancelled; nothing: none did.
std::optional<int> exit_code_of_signal();

} // namespace badwire::harness
