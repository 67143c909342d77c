// The commands that only look: check, list, schema, report.
#include <cstdio>

#include <fmt/format.h>

#include "harness/command/commands.hpp"
#include "harness/run/output.hpp"
#include "harness/scenario/files.hpp"
#include "harness/scenario/schema.hpp"
#include "impl/apps/shared/program.hpp"
#include "impl/net/network.hpp"

namespace badwire::harness {

namespace {

int list_scenarios(const std::string& folder)
{
    std::error_code failed;
    if (!std::filesystem::exists(folder, failed)) {
        std::fprintf(stderr, "badwire list: there is no folder %s\n", folder.c_str());
        return exit_usage;
    }
    auto loaded = load_scenarios({folder}, "");
    auto slow = load_scenarios({folder}, "slow");
    if (!loaded || !slow) return exit_usage;
    loaded->insert(loaded->end(), slow->begin(), slow->end());
    std::string before;
    for (const scenario& one : *loaded) {
        if (one.file == before) continue; // another combination of its matrix
        before = one.file;
        fmt::print("{}\n    {}\n", one.file, one.title);
    }
    return exit_passed;
}

int check(const std::vector<std::string>& paths)
{
    int exit_code = exit_passed;
    for (const auto& path : paths)
        if (load_scenarios({path}, "")) std::printf("%s: good\n", path.c_str());
        else exit_code = exit_usage;
    return exit_code;
}

int report(const std::string& folder)
{
    try {
        rewrite_reports(folder);
        std::printf("report: %s\n", (std::filesystem::path(folder) / "report.html").c_str());
        return exit_passed;
    } catch (const net::failure& error) {
        std::fprintf(stderr, "badwire report: %s\n", error.what());
        return exit_usage;
    }
}

} // namespace

void add_check_command(command_line& badwire)
{
    auto paths = std::make_shared<std::vector<std::string>>();
    command_line& command = badwire.command("check", "Check scenarios without running them");
    command.texts("SCENARIO", *paths, "Scenario files, or folders of them").required();
    command.does([paths] { return check(*paths); });
}

void add_list_command(command_line& badwire)
{
    command_line& command = badwire.command("list", "List programs or scenarios");
    command.command("programs", "Every program that badwire exec runs").does([] {
        for (const auto& program : apps::catalogue())
            fmt::print("{:6} {:26} {}\n", program.section, program.name, program.summary);
        return exit_passed;
    });
    auto folder = std::make_shared<std::string>("scenarios");
    command_line& scenarios = command.command("scenarios", "Scenario files below a folder");
    scenarios.text("FOLDER", *folder, "Where to look");
    scenarios.does([folder] { return list_scenarios(*folder); });
}

void add_schema_command(command_line& badwire)
{
    badwire.command("schema", "Print the JSON Schema of scenarios").does([] {
        std::fwrite(scenario_schema().data(), 1, scenario_schema().size(), stdout);
        return exit_passed;
    });
}

void add_report_command(command_line& badwire)
{
    auto folder = std::make_shared<std::string>();
    command_line& command =
        badwire.command("report", "Write report.html and junit.xml again from results.json");
    command.text("DIR", *folder, "A folder that badwire run --out wrote").required();
    command.does([folder] { return report(*folder); });
}

} // namespace badwire::harness
