// command_process.hpp: what the processes of commands have in common, on real sockets and in virtual
// time: their environment, their metrics, their exit codes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/run/stage.hpp"

namespace badwire::harness {

/// What a process is told by its environment, besides the harness' own. Its output is seen when it
/// prints it, unless it has a terminal or is a program of badwire's. `mark`: BADWIRE_RUN.
std::map<std::string, std::string> environment_of(const launch& what, const std::string& mark);

/// The harness' own environment, but for the variables that are given: "NAME=VALUE".
std::vector<std::string> whole_environment(const std::map<std::string, std::string>& given);

/// What it wrote to its metrics file; an empty object where it wrote none. Throws mistake.
json read_metrics(const std::filesystem::path& file);

/// The exit code of what wait(2) says, as a shell tells it: 128 and more after a signal.
int exit_code(int status);

} // namespace badwire::harness
