// told_runs.hpp: runs in words, for people: what did not come true, and why. A crowd of equal
// processes is told as one.
#pragma once

#include <string>
#include <vector>

#include "harness/judge/record.hpp"

namespace badwire::harness {

/// "Greeting, loss 0.05": the scenario's title and its place in the matrix.
std::string label(const scenario& what);

/// Why it did not pass, in one line.
std::string headline(const run_record& run);
/// The headline, and what the harness found where that is more.
std::vector<std::string> told_causes(const run_record& run);

/// "✗ client exits with 0: it exited with 1"; of equal processes "✗ client exits with 0: 97 of 100
/// do; client-17: it exited with 1". `met_too`: also those that came true, with "✓".
std::vector<std::string> told_judgements(const run_record& run, bool met_too = false);

/// "client said: no such host", for each thing that processes had to say on standard error.
std::vector<std::string> told_errors(const run_record& run);

/// How long clients waited.
std::vector<std::string> told_waiting(const run_record& run);

/// "0.02 s", or of virtual time both.
std::string times_of(const run_record& run);

} // namespace badwire::harness
