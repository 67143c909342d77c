#include "harness/scenario/scenario.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <unistd.h>

#include "harness/judge/expectation.hpp"
#include "harness/scenario/parts.hpp"
#include "harness/scenario/references.hpp"
#include "harness/scenario/schema.hpp"
#include "harness/scenario/text.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::harness {
namespace {

constexpr duration default_time_limit = std::chrono::seconds(60);

// As posix_spawnp will look for it; a relative path starts at the process' own folder, where only
// the scenario's files are, so it is left to the run.
bool is_executable(const std::string& word)
{
    if (word.find('/') != std::string::npos)
        return word.front() != '/' || access(word.c_str(), X_OK) == 0;
    const char* path = std::getenv("PATH");
    std::istringstream folders(path ? path : "/bin:/usr/bin");
    for (std::string folder; std::getline(folders, folder, ':');)
        if (access((folder + "/" + word).c_str(), X_OK) == 0) return true;
    return false;
}

void parse_links(const json& asked, scenario& into)
{
    link::surroundings around{.folder = std::filesystem::path(into.file).parent_path()};
    try {
        around.wires = link::parse_wires(asked.value("wires", json::object()));
    } catch (const mistake& error) {
        throw mistake("/wires" + error.pointer, error.what());
    }
    const json links = asked.value("links", json::object());
    for (const auto& [name, spec] : links.items()) {
        try {
            into.links[name] = link::parse_link_options(spec, around);
        } catch (const mistake& error) {
            throw mistake("/links" + pointer_step(name) + error.pointer, error.what());
        }
    }
}

scenario build(const json& asked, const json& combination, const std::string& file)
{
    scenario made;
    made.file = file;
    made.asked = asked;
    made.matrix = combination;
    made.title = asked.value("title", std::filesystem::path(file).stem().string());
    made.description = asked.value("description", "");
    made.tags = asked.value("tags", std::vector<std::string>());
    made.seed = asked.value("seed", std::uint64_t{1});
    made.repeat = asked.value("repeat", std::uint64_t{1});
    made.time_limit = duration_at(asked, "time_limit", default_time_limit, "");
    for (const auto& name : names_at(asked, "network"))
        made.networks.push_back(*parse_network_kind(name));
    const json files = asked.value("files", json::object());
    for (const auto& [name, spec] : files.items()) {
        made.files[name] = parse_file(name, spec, "/files" + pointer_step(name));
    }
    parse_links(asked, made);
    made.capture = asked.value("capture", false);
    const json limits = asked.value("limits", json::object());
    for (const auto& [name, ignored] : limits.items())
        made.lateness_max[name.substr(std::string("lateness_").size())] =
            duration_at(limits, name.c_str(), duration(0), "/limits");
    if (made.networks.empty())
        made.networks.push_back(made.links.empty() ? network_kind::direct : network_kind::relay);
    for (const auto& [name, spec] : asked["processes"].items()) {
        const process_spec one = parse_process(name, spec);
        const auto count = spec.value("count", std::size_t{1});
        for (std::size_t i = 0; i < count; ++i) {
            made.processes.push_back(one);
            made.processes.back().place = i;
            if (count > 1) made.processes.back().name = fmt::format("{}-{}", name, i + 1);
            if (count > 1)
                made.processes.back().delay = one.delay * static_cast<std::int64_t>(i + 1);
        }
    }
    check_references(made);
    made.expectations = asked.value("expect", json::array());
    check_expectations(made);
    return made;
}

} // namespace

std::string_view to_string(network_kind kind)
{
    switch (kind) {
    case network_kind::direct: return "direct";
    case network_kind::relay: return "relay";
    case network_kind::virtual_time: return "virtual";
    }
    return "";
}

std::optional<network_kind> parse_network_kind(std::string_view name)
{
    for (auto kind : {network_kind::direct, network_kind::relay, network_kind::virtual_time})
        if (to_string(kind) == name) return kind;
    return {};
}

const process_spec* scenario::find(std::string_view name) const
{
    const auto found = std::find_if(processes.begin(), processes.end(),
                                    [&](const auto& process) { return process.name == name; });
    return found == processes.end() ? nullptr : &*found;
}

std::vector<const process_spec*> scenario::family(std::string_view name) const
{
    std::vector<const process_spec*> members;
    for (const auto& process : processes)
        if (process.family == name || process.name == name) members.push_back(&process);
    return members;
}

std::vector<scenario> parse_scenario(std::string_view text, const std::string& file)
{
    std::vector<scenario> scenarios;
    for (auto& [combination, asked] : expand_scenario(text)) {
        check_against_schema(asked);
        scenarios.push_back(build(asked, combination, file));
    }
    return scenarios;
}

std::vector<scenario> load_scenario(const std::filesystem::path& file)
{
    std::error_code failed;
    const auto status = std::filesystem::status(file, failed);
    if (!std::filesystem::exists(status)) throw mistake("", "there is no such file");
    if (!std::filesystem::is_regular_file(status))
        throw mistake("", "this is not a file; expected a scenario (JSON)");
    if (std::filesystem::file_size(file, failed) > largest_scenario_bytes)
        throw mistake("", fmt::format("too large: a scenario has at most {} MiB",
                                      largest_scenario_bytes >> 20));
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    if (!stream) throw mistake("", "cannot be read");
    return parse_scenario(text.str(), file.string());
}

void check_network(const scenario& what, network_kind kind)
{
    for (const auto& process : what.processes) {
        if (!process.program.empty()) continue;
        const std::string pointer = process.pointer + "/command";
        if (kind == network_kind::virtual_time)
            throw mistake(pointer,
                          "a command cannot run in virtual time; expected a \"program\" of "
                          "badwire's, or the network direct or relay");
        const std::string& word = process.words.front();
        if (word.find("${") == std::string::npos && !is_executable(word))
            throw mistake(pointer + "/0", fmt::format("there is no command {} here; expected an "
                                                      "executable file or one found in PATH",
                                                      word));
    }
}

} // namespace badwire::harness
