// The commands that only look: check, list, schema, report.
#include <cstdio>
#include <set>

#include <fmt/format.h>

#include "harness/command/commands.hpp"
#include "harness/command/terminal.hpp"
#include "harness/run/output.hpp"
#include "harness/scenario/files.hpp"
#include "harness/scenario/link_parts.hpp"
#include "harness/scenario/packet_words.hpp"
#include "harness/scenario/schema.hpp"
#include "impl/apps/shared/metric_words.hpp"
#include "impl/apps/shared/program.hpp"
#include "impl/base/json_text.hpp"
#include "impl/net/network.hpp"
#include "sim/link/dissector.hpp"
#include "sim/link/presets.hpp"

namespace badwire::harness {

namespace {

int list_scenarios(const std::string& folder)
{
    std::error_code failed;
    if (!std::filesystem::exists(folder, failed)) {
        complain("badwire list: there is no folder {}\n", folder);
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
        say("{}\n    {}\n", one.file, one.title);
    }
    return exit_passed;
}

// Prints what will do nothing in a run. Returns how much there is.
std::size_t warn(const std::vector<scenario>& scenarios)
{
    std::set<std::string> told; // combinations of a matrix have the same ones
    for (const scenario& one : scenarios) {
        mistake_list misses;
        for (const mistake& miss : sure_misses(one)) misses.note(miss);
        try {
            throw_if_any(misses, *one.text);
        } catch (const mistake& found) {
            const std::string lines = in_file(one.file, found);
            if (told.insert(lines).second) complain("{}\n", lines);
        }
    }
    return told.size();
}

int check(const std::vector<std::string>& paths, bool strict)
{
    int exit_code = exit_passed;
    for (const auto& path : paths) {
        const auto scenarios = load_scenarios({path}, "");
        if (!scenarios) {
            exit_code = exit_usage;
            continue;
        }
        const bool doubtful = warn(*scenarios) > 0;
        say("{}: good{}\n", path, doubtful ? ", but a pass would prove less than it seems" : "");
        if (doubtful && strict && exit_code == exit_passed) exit_code = exit_failed;
    }
    return exit_code;
}

int report(const std::string& folder, const std::string& against)
{
    try {
        rewrite_reports(folder, against);
        say("report: {}\n", (std::filesystem::path(folder) / "report.html").string());
        return exit_passed;
    } catch (const net::failure& error) {
        complain("badwire report: {}\n", error.what());
        return exit_usage;
    }
}

} // namespace

void add_check_command(command_line& badwire)
{
    auto paths = std::make_shared<std::vector<std::string>>();
    command_line& command = badwire.command("check", "Check scenarios without running them");
    command.texts("SCENARIO", *paths, "Scenario files, or folders of them").required();
    auto strict = std::make_shared<bool>(false);
    command.flag("--strict", *strict,
                 "Exit with 1 where something that is asked of a link can do nothing");
    command.does([paths, strict] { return check(*paths, *strict); });
}

void add_list_command(command_line& badwire)
{
    command_line& command =
        badwire.command("list", "List programs, their metrics, presets of links, or scenarios");
    command.command("programs", "Every program that badwire exec runs").does([] {
        for (const auto& program : apps::catalogue())
            say("{:6} {:26} {}\n", program.section, program.name, program.summary);
        return exit_passed;
    });
    command.command("metrics", "What badwire's programs count, and expectations can name").does([] {
        for (const auto& metric : apps::metric_words())
            say("{:28} {}\n", metric.name, metric.words);
        return exit_passed;
    });
    command
        .command("presets",
                 "Links as they are found in the world, and where their numbers are from")
        .does([] {
            for (const auto& preset : link::presets()) {
                say("{:15} {}\n", preset.name, preset.title);
                for (const auto& [of, from] : preset.sources) say("{:15}   {}: {}\n", "", of, from);
            }
            return exit_passed;
        });
    auto folder = std::make_shared<std::string>("scenarios");
    command_line& scenarios = command.command("scenarios", "Scenario files below a folder");
    scenarios.text("FOLDER", *folder, "Where to look");
    scenarios.does([folder] { return list_scenarios(*folder); });
}

void add_schema_command(command_line& badwire)
{
    struct arguments {
        bool dissector = false;
        std::string scenario;
    };
    auto given = std::make_shared<arguments>();
    command_line& command = badwire.command(
        "schema", "Print the JSON Schema of scenarios, or a dissector of wires for Wireshark");
    command.flag(
        "--dissector", given->dissector,
        "Print a dissector in Lua, of badwire's own framed wire and of a scenario's wires");
    command.text("SCENARIO", given->scenario, "Whose wires, with --dissector");
    command.does([given] {
        if (!given->dissector) {
            write_raw(stdout, scenario_schema());
            return exit_passed;
        }
        auto wires = link::own_wires();
        if (!given->scenario.empty()) {
            const auto loaded = load_scenarios({given->scenario}, "");
            if (!loaded || loaded->empty()) return exit_usage;
            wires = wires_of(loaded->front());
        }
        write_raw(stdout, link::lua_dissector(wires));
        return exit_passed;
    });
}

void add_report_command(command_line& badwire)
{
    struct arguments {
        std::string folder, against;
    };
    auto given = std::make_shared<arguments>();
    command_line& command =
        badwire.command("report", "Write report.html and junit.xml again from results.json");
    command.text("DIR", given->folder, "A folder that badwire run --out wrote").required();
    command
        .text("--against", given->against,
              "Another such folder: the report also says how its runs differ from DIR's")
        .takes("OTHER");
    command.does([given] { return report(given->folder, given->against); });
}

} // namespace badwire::harness
