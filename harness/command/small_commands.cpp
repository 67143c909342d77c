// The commands that only look: check, list, schema, report.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "harness/command/commands.hpp"
#include "harness/run/output.hpp"
#include "harness/scenario/files.hpp"
#include "harness/scenario/schema.hpp"
#include "impl/apps/shared/program.hpp"
#include "impl/net/network.hpp"

namespace badwire::harness {

void add_check_command(CLI::App& app, int& exit_code)
{
    auto paths = std::make_shared<std::vector<std::string>>();
    CLI::App* command = app.add_subcommand("check", "Check scenarios without running them");
    command->add_option("SCENARIO", *paths, "Scenario files, or folders of them")->required();
    command->callback([paths, &exit_code] {
        int mistakes = 0;
        for (const auto& path : *paths) {
            const auto loaded = load_scenarios({path}, "");
            if (!loaded) ++mistakes;
            else std::printf("%s: good\n", path.c_str());
        }
        exit_code = mistakes ? exit_usage : exit_passed;
    });
}

void add_list_command(CLI::App& app, int& exit_code)
{
    CLI::App* command = app.add_subcommand("list", "List programs or scenarios");
    command->require_subcommand(1);
    command->add_subcommand("programs", "Every program that badwire exec runs")->callback([] {
        for (const auto& program : apps::catalogue())
            fmt::print("{:6} {:26} {}\n", program.section, program.name, program.summary);
    });
    auto folder = std::make_shared<std::string>("scenarios");
    CLI::App* scenarios = command->add_subcommand("scenarios", "Scenario files below a folder");
    scenarios->add_option("FOLDER", *folder, "Where to look (scenarios)");
    scenarios->callback([folder, &exit_code] {
        std::error_code failed;
        if (!std::filesystem::exists(*folder, failed)) {
            std::fprintf(stderr, "badwire list: there is no folder %s\n", folder->c_str());
            exit_code = exit_usage;
            return;
        }
        auto loaded = load_scenarios({*folder}, "");
        auto slow = load_scenarios({*folder}, "slow");
        if (!loaded || !slow) {
            exit_code = exit_usage;
            return;
        }
        loaded->insert(loaded->end(), slow->begin(), slow->end());
        std::string before;
        for (const scenario& one : *loaded) {
            if (one.file == before) continue; // another combination of its matrix
            before = one.file;
            fmt::print("{}\n    {}\n", one.file, one.title);
        }
    });
}

void add_schema_command(CLI::App& app, int&)
{
    app.add_subcommand("schema", "Print the JSON Schema of scenarios")->callback([] {
        std::fwrite(scenario_schema().data(), 1, scenario_schema().size(), stdout);
    });
}

void add_report_command(CLI::App& app, int& exit_code)
{
    auto folder = std::make_shared<std::string>();
    CLI::App* command =
        app.add_subcommand("report", "Write report.html and junit.xml again from results.json");
    command->add_option("DIR", *folder, "A folder that badwire run --out wrote")->required();
    command->callback([folder, &exit_code] {
        try {
            rewrite_reports(*folder);
            std::printf("report: %s\n", (std::filesystem::path(*folder) / "report.html").c_str());
        } catch (const net::failure& error) {
            std::fprintf(stderr, "badwire report: %s\n", error.what());
            exit_code = exit_usage;
        }
    });
}

} // namespace badwire::harness
