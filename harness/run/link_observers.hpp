// link_observers.hpp: all who look at the packets of a run's links, whatever the stage: faults that wait
// for a packet, what was lost, the run's trace, packets.jsonl, a capture or another watcher. For one
// run, in its carriers' thread; must outlive the links.
#pragma once

#include <fstream>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "harness/run/loss_log.hpp"
#include "harness/run/packet_triggers.hpp"
#include "harness/run/stage.hpp"
#include "sim/capture/capture_watcher.hpp"
#include "sim/link/conveyor.hpp"

namespace badwire::harness {

class link_observers {
public:
    /// Makes the files that the options ask for. Throws system_error.
    link_observers(const stage_options& options, const capture::pcapng_writer::options& capture);

    /// Those of one more link; a capture has its datagrams, or its frames.
    link::witnesses
    of(const std::string& link,
       capture::capture_watcher::contents captured = capture::capture_watcher::contents::datagrams);
    void add(const packet_trigger& one) { triggers_.add(one); }
    std::vector<flow_losses> losses() const;

    /// All packets have passed: the files are complete. Throws net::failure, system_error.
    void close();

private:
    const stage_options& options_;
    run_triggers triggers_;
    std::ofstream packets_;
    std::unique_ptr<capture::pcapng_writer> capture_;
    std::list<capture::capture_watcher> captures_;
    std::list<loss_log> losses_;
};

} // namespace badwire::harness
