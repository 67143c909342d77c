// commands.hpp: the badwire command line, a function per command.
#pragma once

#include <string>
#include <vector>

#include "impl/base/command_line.hpp"

namespace badwire::harness {

/// Exit codes of badwire run and of everything beside it.
enum exit_codes {
    exit_passed = 0,
    exit_failed = 1,
    exit_usage = 2,
    exit_inconclusive = 3,
    exit_harness = 4,
    exit_interrupted = 130,
};

// Each adds its command to `badwire`.
void add_run_command(command_line& badwire);
void add_search_command(command_line& badwire);
void add_shrink_command(command_line& badwire);
void add_certify_command(command_line& badwire);
void add_explain_command(command_line& badwire);
void add_mutate_command(command_line& badwire);
void add_relay_command(command_line& badwire);
void add_hosts_command(command_line& badwire);
void add_ctl_command(command_line& badwire);
void add_check_command(command_line& badwire);
void add_init_command(command_line& badwire);
void add_list_command(command_line& badwire);
void add_schema_command(command_line& badwire);
void add_report_command(command_line& badwire);
void add_grade_command(command_line& badwire);
void add_matrix_command(command_line& badwire);
void add_completion_command(command_line& badwire);
void add_man_command(command_line& badwire); // which --help does not show

/// The whole command line as data; below exec are the programs.
command_description described(const command_line& badwire);

/// `badwire complete WORD…`: prints what the last word can become (completion.hpp).
int complete_main(const command_line& badwire, const std::vector<std::string>& words);

/// `badwire exec PROGRAM arguments…`: runs one program on the real network. Its arguments are the
/// program's own business, so they do not go through the command line's parser.
int exec_main(const std::vector<std::string>& words);

} // namespace badwire::harness
