// ctl_command.hpp: `badwire ctl`: looks at and changes a relay that runs with --control.
#pragma once

namespace CLI {
class App;
}

namespace badwire::harness {

/// Adds the subcommand. exit_code is 0 when the relay did what it was asked, 1 when it could not be
/// reached or refused, 2 for bad values.
void add_ctl_command(CLI::App& app, int& exit_code);

} // namespace badwire::harness
