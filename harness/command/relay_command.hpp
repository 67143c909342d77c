// relay_command.hpp: `badwire relay`: a bad wire by hand, between any two programs.
#pragma once

namespace CLI {
class App;
}

namespace badwire::harness {

/// Adds the subcommand. When it was asked for, parsing runs it: until SIGINT or SIGTERM, and
/// exit_code is 0 then, 1 when it could not listen, 2 for bad values.
void add_relay_command(CLI::App& app, int& exit_code);

} // namespace badwire::harness
