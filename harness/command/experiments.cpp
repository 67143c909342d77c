#include "harness/command/experiments.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "harness/command/commands.hpp"
#include "harness/command/terminal.hpp"
#include "harness/lab/combinations.hpp"
#include "harness/scenario/files.hpp"
#include "impl/real/disk_files.hpp"

namespace badwire::harness {

void describe_selection(command_line& command, selection& into)
{
    command
        .read("--only",
              "Only these combinations of the matrix, by the values of its parameters: "
              "loss=0.05,window=8",
              [&into](const std::string& given) {
                  try {
                      into = parse_selection(given);
                      return std::string();
                  } catch (const mistake& wrong) {
                      return std::string(wrong.what());
                  }
              })
        .takes("NAME=VALUE,…");
}

void describe(command_line& command, experiment_options& into)
{
    command.text("SCENARIO", into.scenario, "A scenario's file").required();
    describe_selection(command, into.only);
    command.number("--jobs", into.jobs, 1, 1024, "How many runs at a time");
    describe_quiet(command, into.quiet);
}

void describe_quiet(command_line& command, bool& into)
{
    command.flag("-q,--quiet", into, "No line on the terminal that says how far it has come");
}

work_watcher shown_in(status_line& line)
{
    return [&line](const lab_work& done) {
        line.show({.runs = done.runs, .of = done.of, .failed = done.failed});
    };
}

void describe_scheduler(command_line& command, experiment_options& into)
{
    command
        .text(
            "--scheduler", into.scheduler,
            "Let the workers of this Dask scheduler make the runs; needs badwire's Python package")
        .takes("ADDRESS");
}

int spread_over_workers()
{
    const char* const program = R"(import sys
try:
    from badwire.cluster import main
except ImportError as error:
    print(f"badwire: --scheduler needs badwire's Python package: {error}", file=sys.stderr)
    sys.exit(4)
main(sys.argv[1:]))";
    std::ifstream words("/proc/self/cmdline", std::ios::binary);
    std::vector<std::string> own;
    for (std::string word; std::getline(words, word, '\0');) own.push_back(word);
    std::vector<const char*> all{"python3", "-c", program};
    for (std::size_t i = 1; i < own.size(); ++i) all.push_back(own[i].c_str());
    all.push_back(nullptr);
    ::execvp(all.front(), const_cast<char* const*>(all.data()));
    complain("badwire: --scheduler: cannot start python3: {}\n",
             std::error_code(errno, std::generic_category()).message());
    return exit_harness;
}

namespace {

// Loads the file, and tells what is wrong with it.
template <typename Select>
auto load(const experiment_options& asked, Select select)
    -> std::optional<decltype(select(std::vector<scenario>(), asked.only))>
{
    auto loaded = load_scenarios({asked.scenario}, "");
    if (!loaded) return {};
    try {
        return select(std::move(*loaded), asked.only);
    } catch (const mistake& wrong) {
        complain("{}\n", in_file(asked.scenario, wrong));
        return {};
    }
}

} // namespace

std::optional<std::vector<scenario>> load_combinations(const experiment_options& asked)
{
    return load(asked, selected);
}

std::optional<scenario> load_combination(const experiment_options& asked)
{
    return load(asked, only_selected);
}

void write_json(const std::filesystem::path& file, const json& content)
{
    const auto text = content.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
    net::disk_files(".").write(file.string(), text);
}

std::string beside(const scenario& what, const std::string& ending)
{
    const std::filesystem::path file(what.file);
    return (file.parent_path() / (file.stem().string() + "-" + ending + ".json")).string();
}

} // namespace badwire::harness
