// laboratory.hpp: runs of a scenario in virtual time, in bulk and with its links changed, as search,
// shrink, certify and explain need them: fixed costs are paid once, and every packet is seen.
#pragma once

#include <functional>
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

/// How many runs were made, how many there are to be (0: that is not known), and how many failed.
struct lab_work {
    std::uint64_t runs = 0, of = 0, failed = 0;
};
/// Told after each run, by the thread that made it.
using work_watcher = std::function<void(const lab_work&)>;

/// Thread-safe.
class laboratory {
public:
    /// `cancelled` ends runs early; may be null.
    explicit laboratory(const std::atomic<bool>* cancelled, work_watcher watcher = {});

    /// So many runs will be made in all.
    void expect(std::uint64_t runs) { expected_ = runs; }

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
    work_watcher watcher_;
    std::atomic<std::uint64_t> begun_{0}, runs_{0}, expected_{0}, failed_{0};
};

/// The command's folder for files in memory, if the system has one: set as TMPDIR before the first
/// laboratory is made, so that many short runs do not wait for a disk.
void keep_temporary_files_in_memory();

} // namespace badwire::harness
