#include "harness/command/badwire_main.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include <CLI/CLI.hpp>

#include "harness/command/commands.hpp"
#include "harness/command/ctl_command.hpp"
#include "harness/command/relay_command.hpp"
#include "harness/run/guard.hpp"
#include "harness/version.hpp"
#include "impl/base/mistake.hpp"

namespace badwire {

using namespace harness;

int main(int argc, char** argv, std::vector<apps::program> programs)
{
    std::signal(SIGPIPE, SIG_IGN); // a reader that goes away is an error code, not the end
    try {
        apps::add_programs(std::move(programs));
    } catch (const net::failure& failure) {
        std::fprintf(stderr, "badwire: %s\n", failure.what());
        return exit_harness;
    }
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (!words.empty() && words[0] == "exec") return exec_main({words.begin() + 1, words.end()});
    if (words.size() == 3 && words[0] == "guard") return guard_main(words[1], words[2]);

    std::error_code unknown;
    set_badwire_executable(std::filesystem::read_symlink("/proc/self/exe", unknown));
    CLI::App app("badwire: put any socket program on a bad wire");
    app.set_version_flag("--version", std::string("badwire ") + version);
    app.require_subcommand(1);
    app.get_formatter()->column_width(34);
    int exit_code = exit_passed;
    add_run_command(app, exit_code);
    app.add_subcommand("exec", "Run one of badwire's programs: badwire exec PROGRAM [options]");
    add_relay_command(app, exit_code);
    add_ctl_command(app, exit_code);
    add_check_command(app, exit_code);
    add_list_command(app, exit_code);
    add_schema_command(app, exit_code);
    add_report_command(app, exit_code);
    std::vector<std::string> commands;
    for (const CLI::App* command : app.get_subcommands([](CLI::App*) { return true; }))
        commands.push_back(command->get_name());
    const bool is_command = std::find(commands.begin(), commands.end(),
                                      words.empty() ? "" : words[0]) != commands.end();
    if (!words.empty() && !words[0].starts_with('-') && !is_command) {
        std::fprintf(stderr, "badwire: no command \"%s\"%s\n", words[0].c_str(),
                     suggestion(words[0], commands).c_str());
        return exit_usage;
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? exit_passed : exit_usage;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "badwire: %s\n", error.what());
        return exit_harness;
    }
    return exit_code;
}

} // namespace badwire
