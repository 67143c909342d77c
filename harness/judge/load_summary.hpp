// load_summary.hpp: what became of a load: how long its clients waited, and how many were answered.
#pragma once

#include "harness/judge/record.hpp"

namespace badwire::harness {

/// Fills in run.load, for every process with its copies that has "arrivals", "work" or "patience":
///
///     {"client": {"requests": 1000, "answered": 990, "gave_up": 10, "refused": 0, "failed": 0,
///                 "arrivals_per_s": 19.7,
///                 "waiting_ms": {"mean", "p50", "p90", "p99", "max"}, "service_ms", "response_ms"}}
///
/// and run.samples, for every theory of the scenario.
void summarize_load(run_record& run);

/// How many waiting times a run keeps; of more it keeps only what summarize_load says.
inline constexpr std::size_t waiting_times_max = 10'000;

/// The waiting times as CSV, in the order of arrival.
std::string waiting_csv(const run_record& run);

} // namespace badwire::harness
