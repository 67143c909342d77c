// guest_actor.hpp: a command as a process of a virtual stage: anybody's program under supervision.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "harness/run/stage.hpp"
#include "sim/virtual/host.hpp"

namespace badwire::harness {

struct guest_plan {
    std::filesystem::path logs;       // NAME.stdout and NAME.stderr are written there
    std::vector<std::string> names{}; // that stand for 127.0.0.1
    unsigned place = 0;               // among the commands of the run, as they started
    std::chrono::sys_seconds date{};  // when the run begins
};

/// Starts it. Throws cannot_run or net::failure, with what was tried and why it failed.
std::unique_ptr<actor> start_guest(sim::host& on, const launch& what, const guest_plan& plan,
                                   actor_watcher watcher);

} // namespace badwire::harness
