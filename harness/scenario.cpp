#include "harness/scenario.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include <unistd.h>

#include "harness/expectation.hpp"
#include "harness/scenario_text.hpp"
#include "harness/schema.hpp"
#include "impl/apps/program.hpp"
#include "impl/base/units.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::harness {
namespace {

constexpr std::uint64_t largest_payload_bytes = std::uint64_t{4} << 30;
constexpr duration default_time_limit = std::chrono::seconds(60);

// ---- parts of a scenario

duration duration_at(const json& object, std::string_view key, duration otherwise,
                     const std::string& pointer)
{
    if (!object.contains(key)) return otherwise;
    const auto parsed = parse_duration(object.at(key).get<std::string>());
    if (!parsed)
        throw mistake(pointer + pointer_step(key), fmt::format("expected {}", duration_format));
    return *parsed;
}

std::vector<std::string> names_at(const json& object, std::string_view key)
{
    if (!object.contains(key)) return {};
    const json& names = object.at(key);
    if (names.is_string()) return {names.get<std::string>()};
    return names.get<std::vector<std::string>>();
}

void check_relative_path(const std::string& path, const std::string& pointer)
{
    const std::filesystem::path parsed(path);
    const bool leaves =
        parsed.is_absolute() || std::find(parsed.begin(), parsed.end(), "..") != parsed.end();
    if (path.empty() || leaves) throw mistake(pointer, "expected a path inside the run's folder");
}

file_spec parse_file(const json& asked, const std::string& pointer)
{
    file_spec file;
    if (asked.contains("random")) {
        file.what = file_spec::kind::random;
        const json& size = asked["random"];
        const auto bytes = size.is_string() ? parse_size(size.get<std::string>())
                                            : std::optional(size.get<std::uint64_t>());
        if (!bytes || *bytes > largest_payload_bytes)
            throw mistake(pointer + "/random",
                          fmt::format("expected {}, at most 4GiB", size_format));
        file.amount = *bytes;
    } else if (asked.contains("lines")) {
        file.what = file_spec::kind::lines;
        file.amount = asked["lines"].get<std::uint64_t>();
    } else {
        file.text = asked["text"].get<std::string>();
    }
    return file;
}

std::vector<input_step> parse_input(const json& asked, const std::string& pointer)
{
    std::vector<input_step> steps;
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const std::string place = fmt::format("{}/{}", pointer, i);
        input_step step;
        if (asked[i].is_string()) {
            step.text = asked[i].get<std::string>();
        } else {
            step.ready = names_at(asked[i], "ready");
            step.after = duration_at(asked[i], "after", duration(0), place);
            step.when = asked[i].value("when", "");
            if (!step.when.empty()) check_regex(step.when, place + "/when");
            if (asked[i].contains("text")) step.text = asked[i]["text"].get<std::string>();
            step.end = asked[i].value("end", false);
            if (!step.text && !step.end)
                throw mistake(place, "expected a key \"text\" (a line to type) or \"end\": true");
        }
        steps.push_back(std::move(step));
    }
    return steps;
}

void parse_readiness(process_spec& process, const json& asked, const apps::program* program)
{
    if (asked.contains("ready")) {
        const json& ready = asked["ready"];
        if (ready.is_object()) {
            process.ready = readiness::output;
            process.ready_output = ready["output"].get<std::string>();
            check_regex(process.ready_output, process.pointer + "/ready/output");
        } else if (ready == "listening") {
            process.ready = readiness::listening;
        } else if (ready == "port") {
            process.ready = readiness::port;
        }
        return;
    }
    if (program && program->role != apps::role::client) process.ready = readiness::listening;
}

process_spec parse_process(const std::string& name, const json& asked)
{
    process_spec process;
    process.name = process.family = name;
    process.pointer = "/processes" + pointer_step(name);
    const bool is_program = asked.contains("program");
    if (is_program == asked.contains("command"))
        throw mistake(process.pointer,
                      "expected either a \"program\" of badwire's or a \"command\"");

    const apps::program* program = nullptr;
    if (is_program) {
        process.program = asked["program"].get<std::string>();
        program = apps::find_program(process.program);
        if (!program) {
            std::vector<std::string> valid;
            for (const auto& known : apps::catalogue()) valid.emplace_back(known.name);
            throw mistake(process.pointer + "/program",
                          fmt::format("no program \"{}\"{}", process.program,
                                      suggestion(process.program, valid)));
        }
        for (const json& word : asked.value("args", json::array()))
            process.words.push_back(as_text(word));
    } else {
        if (asked.contains("args"))
            throw mistake(process.pointer + "/args",
                          "a command's arguments stand in \"command\" itself");
        process.words = asked["command"].get<std::vector<std::string>>();
    }
    process.multicast =
        (program && program->multicast) ||
        std::any_of(process.words.begin(), process.words.end(), [](const std::string& word) {
            return word.find("${group") != std::string::npos;
        });
    process.env = asked.value("env", std::map<std::string, std::string>());
    process.to = asked.value("to", "");
    process.over = asked.value("over", "");
    process.after = names_at(asked, "after");
    process.after_end = names_at(asked, "after_end");
    process.delay = duration_at(asked, "delay", duration(0), process.pointer);
    process.port = asked.value("port", std::uint16_t{0});
    process.input = parse_input(asked.value("input", json::array()), process.pointer + "/input");
    parse_readiness(process, asked, program);

    const bool once =
        std::find(process.words.begin(), process.words.end(), "--once") != process.words.end();
    if (asked.contains("stays"))
        process.ends = asked["stays"].get<bool>() ? ending::when_stopped : ending::by_itself;
    else if (program && program->serves_for_ever && !once) process.ends = ending::when_stopped;
    return process;
}

// ---- what processes say of each other

// The names in the ${…} of a text.
std::vector<std::string> references(const std::string& text, const std::string& pointer)
{
    std::vector<std::string> names;
    substitute(text, pointer, [&](std::string_view name) {
        names.emplace_back(name);
        return std::optional<std::string>("");
    });
    return names;
}

void check_name(const scenario& in, const std::string& name, const std::string& pointer)
{
    if (in.find(name) || !in.family(name).empty()) return;
    std::vector<std::string> valid;
    for (const auto& process : in.processes) valid.push_back(process.name);
    throw mistake(pointer, fmt::format("no process \"{}\"{}", name, suggestion(name, valid)));
}

// Checks one reference, and notes what it takes to resolve it.
void check_reference(scenario& in, process_spec& from, const std::string& name,
                     const std::string& pointer, std::set<std::string>& waits_for)
{
    static const std::set<std::string, std::less<>> own{"dir",     "seed", "index",
                                                        "metrics", "run",  "group"};
    if (own.contains(name)) return;
    if (name == "group.port" && !in.find("group")) return;
    if (name == "port") {
        from.wants_port = true;
        return;
    }
    const auto dot = name.rfind('.');
    const std::string object = dot == std::string::npos ? name : name.substr(0, dot);
    const std::string field = dot == std::string::npos ? "" : name.substr(dot + 1);
    const bool is_address = field == "port" || field == "host";
    if (object == "to" && is_address) {
        if (from.to.empty())
            throw mistake(pointer, fmt::format("${{{}}} needs a key \"to\"", name));
        return;
    }
    if (object.starts_with("link.") && is_address) {
        if (object.substr(5) != from.over || from.to.empty())
            throw mistake(pointer, fmt::format("${{{}}} needs \"to\" and \"over\": \"{}\"", name,
                                               object.substr(5)));
        return;
    }
    if (!is_address) {
        throw mistake(
            pointer,
            fmt::format("a reference to nothing: ${{{}}}; there is ${{PROCESS.port}}, "
                        "${{PROCESS.host}}, ${{to.port}}, ${{to.host}}, ${{port}}, ${{group}}, "
                        "${{group.port}}, ${{dir}}, ${{run}}, ${{seed}}, ${{index}}, "
                        "${{metrics}}",
                        name));
    }
    check_name(in, object, pointer);
    process_spec* target = nullptr;
    for (auto& process : in.processes)
        if (process.name == object) target = &process;
    if (!target)
        throw mistake(pointer,
                      fmt::format("there are several {}: name one, such as {}-1", object, object));
    if (field == "host") return;
    if (target->program.empty()) target->wants_port = true;
    else if (target != &from) waits_for.insert(target->name);
}

void check_start_order(const scenario& in,
                       const std::map<std::string, std::set<std::string>>& waits_for)
{
    // Depth first; a process met again on the way closes a cycle.
    std::vector<std::string> way;
    std::set<std::string> done;
    const std::function<void(const std::string&)> visit = [&](const std::string& name) {
        if (done.contains(name)) return;
        if (const auto seen = std::find(way.begin(), way.end(), name); seen != way.end()) {
            std::string cycle;
            for (auto it = seen; it != way.end(); ++it) cycle += *it + " waits for ";
            throw mistake(in.find(name)->pointer,
                          fmt::format("a cycle in the start order: {}{}", cycle, name));
        }
        way.push_back(name);
        if (const auto found = waits_for.find(name); found != waits_for.end())
            for (const auto& next : found->second) visit(next);
        way.pop_back();
        done.insert(name);
    };
    for (const auto& process : in.processes) visit(process.name);
}

// A program's own parser judges its arguments, with stand-ins for what is not known yet.
void check_arguments(const process_spec& process)
{
    const apps::program* program = apps::find_program(process.program);
    if (!program) return;
    std::vector<std::string> words;
    for (const auto& word : process.words)
        words.push_back(substitute(word, process.pointer, [](std::string_view name) {
            return std::optional<std::string>(name == "group" ? "239.0.0.1" : "1");
        }));
    try {
        program->parse(*program, words);
    } catch (const apps::usage& error) {
        std::string reason = error.what();
        reason = reason.substr(0, reason.find('\n'));
        if (error.exit_code != 0) throw mistake(process.pointer + "/args", reason);
    }
}

void check_processes(scenario& in)
{
    std::map<std::string, std::set<std::string>> waits_for;
    for (auto& process : in.processes) {
        auto& before = waits_for[process.name];
        if (!process.to.empty()) {
            check_name(in, process.to, process.pointer + "/to");
            const process_spec* target = in.find(process.to);
            if (!target)
                throw mistake(
                    process.pointer + "/to",
                    fmt::format("there are several {0}: name one, such as {0}-1", process.to));
            if (target->family == process.family)
                throw mistake(process.pointer + "/to", "a process cannot go to itself");
            before.insert(process.to);
        }
        if (!process.over.empty()) {
            const std::string pointer = process.pointer + "/over";
            std::vector<std::string> valid;
            for (const auto& [name, ignored] : in.links) valid.push_back(name);
            if (!in.links.contains(process.over))
                throw mistake(pointer, fmt::format("no link \"{}\"{}", process.over,
                                                   suggestion(process.over, valid)));
            if (process.to.empty() && !process.multicast)
                throw mistake(pointer, "over a link, but to whom? expected a key \"to\"");
        }
        for (std::size_t i = 0; i < process.input.size(); ++i)
            for (const auto& name : process.input[i].ready)
                check_name(in, name, fmt::format("{}/input/{}/ready", process.pointer, i));
        for (const auto* list : {&process.after, &process.after_end})
            for (const auto& name : *list) {
                check_name(in, name,
                           process.pointer + (list == &process.after ? "/after" : "/after_end"));
                for (const process_spec* one : in.family(name)) before.insert(one->name);
            }
        const std::string words =
            process.pointer + (process.program.empty() ? "/command" : "/args");
        for (std::size_t i = 0; i < process.words.size(); ++i) {
            const std::string pointer = fmt::format("{}/{}", words, i);
            for (const auto& name : references(process.words[i], pointer))
                check_reference(in, process, name, pointer, before);
        }
        for (const auto& [key, value] : process.env) {
            const std::string pointer = process.pointer + "/env" + pointer_step(key);
            for (const auto& name : references(value, pointer))
                check_reference(in, process, name, pointer, before);
        }
        check_arguments(process);
    }
    // A command that others go to needs a port that they know of, unless it tells by itself.
    for (auto& process : in.processes) {
        const bool is_target =
            std::any_of(in.processes.begin(), in.processes.end(),
                        [&](const auto& other) { return other.to == process.name; });
        const json& asked = in.asked["processes"][process.family];
        if (!process.program.empty()) continue;
        if (is_target && !asked.contains("stays")) process.ends = ending::by_itself_or_stopped;
        if (!asked.contains("ready") && (process.port != 0 || process.wants_port))
            process.ready = readiness::port;
        if (is_target && process.port == 0 && !process.wants_port &&
            process.ready != readiness::listening)
            throw mistake(process.pointer,
                          fmt::format("where does {} listen? Give it ${{port}} as an argument, "
                                      "a fixed \"port\", or \"ready\": \"listening\"",
                                      process.name));
    }
    check_start_order(in, waits_for);
}

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
    } catch (const link::options_error& error) {
        throw mistake("/wires" + error.pointer, error.what());
    }
    const json links = asked.value("links", json::object());
    for (const auto& [name, spec] : links.items()) {
        try {
            into.links[name] = link::parse_link_options(spec, around);
        } catch (const link::options_error& error) {
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
        check_relative_path(name, "/files" + pointer_step(name));
        made.files[name] = parse_file(spec, "/files" + pointer_step(name));
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
    check_processes(made);
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
