#include "harness/command/experiments.hpp"

#include <fmt/format.h>

#include "harness/command/terminal.hpp"
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

std::optional<std::vector<scenario>> load_combinations(const experiment_options& asked)
{
    auto loaded = load_scenarios({asked.scenario}, "");
    if (!loaded) return {};
    try {
        if (loaded->empty()) throw mistake("", "there is no scenario");
        check_selection(*loaded, asked.only);
        std::erase_if(*loaded, [&](const scenario& one) { return !is_selected(one, asked.only); });
        for (const scenario& one : *loaded) check_networks(one, {network_kind::virtual_time});
    } catch (const mistake& wrong) {
        complain("{}\n", in_file(asked.scenario, wrong));
        return {};
    }
    return loaded;
}

std::optional<scenario> load_combination(const experiment_options& asked)
{
    auto loaded = load_combinations(asked);
    if (!loaded) return {};
    if (loaded->size() == 1) return std::move(loaded->front());
    complain("{}: its matrix has {} combinations; choose one, such as --only {}\n", asked.scenario,
             loaded->size(), to_selection(loaded->front().matrix));
    return {};
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
