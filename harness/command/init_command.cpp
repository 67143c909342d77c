// badwire init: a scenario to begin with, and the programs that it runs.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "harness/command/commands.hpp"
#include "harness/command/examples.hpp"
#include "harness/command/terminal.hpp"
#include "harness/scenario/schema.hpp"

namespace badwire::harness {

namespace {

namespace fs = std::filesystem;

struct written_file {
    fs::path path;
    std::string contents;
};

std::vector<std::string> example_names()
{
    std::vector<std::string> names;
    for (const auto& file : example_files())
        if (file.name.ends_with(".json"))
            names.emplace_back(file.name.substr(0, file.name.size() - 5));
    return names;
}

/// The scenario, the files beside it that it names, and the schema, by which an editor knows all keys.
std::vector<written_file> files_of(const std::string& example, const fs::path& folder)
{
    const auto all = example_files();
    const auto found = std::ranges::find(all, example + ".json", &example_file::name);
    std::string scenario(found->contents);
    std::vector<written_file> files;
    for (const auto& [name, contents] : all)
        if (scenario.find(fmt::format("\"{}\"", name)) != std::string::npos)
            files.push_back({folder / name, std::string(contents)});
    const std::string_view upstairs = "../scenario.schema.json";
    if (const auto at = scenario.find(upstairs); at != std::string::npos)
        scenario.replace(at, upstairs.size(), "scenario.schema.json");
    files.insert(files.begin(), {folder / found->name, std::move(scenario)});
    files.push_back({folder / "scenario.schema.json", std::string(scenario_schema())});
    return files;
}

/// Whether the file was written.
bool write(const written_file& file)
{
    std::ofstream out(file.path, std::ios::binary);
    out << file.contents;
    out.close();
    if (!out.good()) return false;
    if (!file.contents.starts_with("#!")) return true;
    std::error_code failed;
    fs::permissions(file.path, fs::perms::owner_exec, fs::perm_options::add, failed);
    return !failed;
}

int init(const fs::path& folder, const std::string& example)
{
    const auto files = files_of(example, folder);
    std::error_code failed;
    for (const auto& file : files)
        if (fs::exists(fs::symlink_status(file.path, failed))) {
            complain("badwire init: {} is there already, and nothing was written; name another "
                     "folder: badwire init FOLDER\n",
                     file.path.string());
            return exit_usage;
        }
    fs::create_directories(folder, failed);
    for (const auto& file : files) {
        if (failed || !write(file)) {
            complain("badwire init: cannot write {}: {}\n", file.path.string(),
                     failed ? failed.message() : "the folder forbids it, or the disk is full");
            return exit_usage;
        }
        say("{}\n", file.path.string());
    }
    say("\nNow run it:  badwire run {}\nThen put your own programs into \"command\".\n",
        files.front().path.string());
    return exit_passed;
}

} // namespace

void add_init_command(command_line& badwire)
{
    struct options {
        std::string folder = ".";
        std::string example = "ask";
    };
    auto given = std::make_shared<options>();
    command_line& command =
        badwire.command("init", "Write a scenario to begin with, and the programs that it runs");
    command.text("FOLDER", given->folder, "Where to; it is made if there is none")
        .otherwise("the current folder");
    command
        .one_of(
            "--example", example_names(),
            [given](const std::string& name) { given->example = name; }, "Which of scenarios/yours")
        .otherwise(given->example);
    command.does([given] { return init(given->folder, given->example); });
}

} // namespace badwire::harness
