// run_watcher.hpp: one who looks on while a run goes on: a page, for example. Called in the run's thread,
// which it must not hold up; must outlive the run.
#pragma once

#include "harness/judge/record.hpp"
#include "sim/link/packet_watcher.hpp"

namespace badwire::harness {

class run_watcher {
public:
    virtual ~run_watcher() = default;

    /// Watches one more link, in the place of `next`, which may be null and is shown everything.
    virtual link::packet_watcher* before(link::packet_watcher* next) = 0;
    /// A process started, ended, or printed a line.
    virtual void happened(const log_event& event) = 0;
};

} // namespace badwire::harness
