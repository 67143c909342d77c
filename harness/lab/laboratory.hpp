// laboratory.hpp: runs of a scenario in virtual time, in bulk and with its links changed, as search,
// shrink, certify and explain need them: fixed costs are paid once, and every packet is seen.
#pragma once

#include <string>
#include <vector>

#include "harness/judge/record.hpp"
#include "harness/run/packet_recorder.hpp"
#include "harness/run/runner.hpp"

namespace badwire::harness {

/// What one run came to.
struct trial {
    run_record record;
    std::vector<seen_packet> packets; // in the order in which links met them
    std::uint64_t arrivals = 0;       // hash of all that was handed on: when, where, which bytes
};

/// What kind of failure it was: the same for runs that fail alike, whatever the numbers. Empty: it
/// passed.
std::string failure_kind(const run_record& run);

/// Thread-safe.
class laboratory {
public:
    /// `cancelled` ends runs early; may be null.
    explicit laboratory(const std::atomic<bool>* cancelled);

    /// `interleaving`: else the scenario's own.
    run_record run(const scenario& what, std::uint64_t seed,
                   std::optional<std::uint64_t> interleaving = {});
    /// The same, with every packet.
    trial observe(const scenario& what, std::uint64_t seed,
                  std::optional<std::uint64_t> interleaving = {});

private:
    run_record run(const scenario& what, std::uint64_t seed,
                   std::optional<std::uint64_t> interleaving, link::packet_watcher* watcher);

    runner runner_;
    std::atomic<std::uint64_t> runs_{0};
};

/// The command's folder for files in memory, if the system has one: set as TMPDIR before the first
/// laboratory is made, so that many short runs do not wait for a disk.
void keep_temporary_files_in_memory();

} // namespace badwire::harness
