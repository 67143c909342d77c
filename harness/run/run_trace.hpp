// run_trace.hpp: what happened in a run, packet by packet and line by line, for its report
// (trace.json). For one run, in its carriers' thread.
//
//   {"version": 1,
//    "packets": {"columns": ["at_ms", "link", …], "data": [[12.5, "wan", …], …]},
//    "packets_left_out": 0,
//    "output": {"columns": ["at_ms", "process", "stream", "line"], "data": …}, "output_left_out": 0,
//    "events": {"columns": ["at_ms", "process", "what"], "data": …}}
//
// The tables are as pandas reads them with orient="split". Of more than 20,000 packets the first and
// the last 10,000 are kept, of more than 4,000 lines the first and the last 2,000.
#pragma once

#include <deque>
#include <list>
#include <optional>
#include <vector>

#include "harness/judge/record.hpp"
#include "harness/run/packet_rows.hpp"

namespace badwire::harness {

class run_trace {
public:
    run_trace();
    ~run_trace();
    run_trace(const run_trace&) = delete;

    /// Watches one more link in the place of `next`, which may be null and is shown everything.
    link::packet_watcher* before(link::packet_watcher* next);

    /// The whole of trace.json for that run, which has ended.
    json written(const run_record& run) const;

private:
    class watcher;

    std::uint64_t keep(traced_packet&& one);
    traced_packet* kept(std::uint64_t place);

    std::list<watcher> watchers_;
    std::uint64_t seen_ = 0; // packets
    std::vector<traced_packet> first_;
    std::deque<traced_packet> last_;
};

} // namespace badwire::harness
