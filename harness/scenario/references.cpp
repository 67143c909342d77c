#include "harness/scenario/references.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "impl/apps/shared/program.hpp"
#include "impl/base/mistake.hpp"

namespace badwire::harness {
namespace {

// The names in the ${…} of a text.
std::vector<std::string> references_in(const std::string& text, const std::string& pointer)
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

// What a link leads to and from is the group of the run, which is given by itself.
void check_group(const process_spec& process)
{
    const apps::program* program = apps::find_program(process.program);
    if (!program || !program->multicast || process.over.empty()) return;
    for (std::size_t i = 0; i < process.words.size(); ++i)
        for (const std::string option : {"--group", "--port"})
            if (process.words[i] == option || process.words[i].starts_with(option + "="))
                throw mistake(fmt::format("{}/args/{}", process.pointer, i),
                              option + " cannot be given over a link, which leads to the run's own "
                                       "group; leave it out");
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

} // namespace

void check_references(scenario& in)
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
                throw mistake(pointer, "over a link, but to whom? expected a key \"to\", or, for a "
                                       "member of the run's group, ${group} among the arguments");
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
            for (const auto& name : references_in(process.words[i], pointer))
                check_reference(in, process, name, pointer, before);
        }
        for (const auto& [key, value] : process.env) {
            const std::string pointer = process.pointer + "/env" + pointer_step(key);
            for (const auto& name : references_in(value, pointer))
                check_reference(in, process, name, pointer, before);
        }
        check_group(process);
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

} // namespace badwire::harness
