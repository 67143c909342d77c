#include "harness/command/badwire_main.hpp"

#include <csignal>
#include <cstdio>
#include <filesystem>

#include "harness/command/commands.hpp"
#include "harness/command/terminal.hpp"
#include "harness/run/guard.hpp"
#include "harness/version.hpp"
#include "sim/hosts/namespaces.hpp"

namespace badwire {

using namespace harness;

namespace {

int perform(const std::vector<std::string>& words)
{
    if (!words.empty() && words[0] == "exec") return exec_main({words.begin() + 1, words.end()});
    if (words.size() == 3 && words[0] == "guard") return guard_main(words[1], words[2]);
    if (words.size() == 1 && words[0] == "make-hosts") return hosts::make_hosts_main();
    if (!words.empty() && words[0] == "enter-host")
        return hosts::enter_host_main({words.begin() + 1, words.end()});

    std::error_code unknown;
    set_badwire_executable(std::filesystem::read_symlink("/proc/self/exe", unknown));
    command_line badwire("badwire", "badwire: put any socket program on a bad wire");
    badwire.version(std::string("badwire ") + version);
    add_init_command(badwire);
    add_run_command(badwire);
    add_search_command(badwire);
    add_shrink_command(badwire);
    add_certify_command(badwire);
    add_explain_command(badwire);
    add_mutate_command(badwire);
    std::vector<std::string> exec_words; // exec_main takes them; this is what --help says of them
    badwire.command("exec", "Run one of badwire's programs: badwire exec PROGRAM [options]")
        .texts("PROGRAM", exec_words, "Its name (badwire list programs), and its own options");
    add_relay_command(badwire);
    add_hosts_command(badwire);
    add_ctl_command(badwire);
    add_check_command(badwire);
    add_list_command(badwire);
    add_schema_command(badwire);
    add_report_command(badwire);
    add_grade_command(badwire);
    add_matrix_command(badwire);
    add_completion_command(badwire);
    add_man_command(badwire);
    if (!words.empty() && words[0] == "complete")
        return complete_main(badwire, {words.begin() + 1, words.end()});
    try {
        return badwire.parse(words);
    } catch (const usage& text) {
        if (text.exit_code == exit_passed) say("{}\n", text.what());
        else complain("{}\n", text.what());
        return text.exit_code;
    } catch (const std::exception& error) {
        complain("badwire: {}\n", error.what());
        return exit_harness;
    }
}

} // namespace

int main(int argc, char** argv, std::vector<apps::program> programs)
{
    std::signal(SIGPIPE, SIG_IGN); // a reader that goes away is an error code, not the end
    try {
        apps::add_programs(std::move(programs));
    } catch (const net::failure& failure) {
        complain("badwire: {}\n", failure.what());
        return exit_harness;
    }
    return all_written(perform({argv + 1, argv + argc}));
}

} // namespace badwire
