#include "harness/command/experiments.hpp"

#include <fmt/format.h>

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
