// badwire_main.hpp: the badwire command as a function, for a command of one's own that knows more
// programs (docs/programs.md, "A program of your own").
#pragma once

#include <vector>

#include "impl/apps/shared/program.hpp"

namespace badwire {

/// Does what the badwire command does, with `programs` beside badwire's own: `exec` and `run` run
/// them on every network, `list` lists them, `check` knows their names and options. Returns the
/// exit code. Call it first in main(), once: it takes over the process's signals, and starts this
/// very executable again for each of the programs that is to be a process.
int main(int argc, char** argv, std::vector<apps::program> programs = {});

} // namespace badwire
