#include "harness/grade/implementation.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/ranges.h>
#include <glob.h>

#include "harness/grade/command.hpp"
#include "impl/apps/shared/program.hpp"

namespace badwire::harness {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 11> role_keys{"if_file", "program", "command", "args",
                                                     "env",     "port",    "ready",   "stays",
                                                     "input",   "delay",   "terminal"};

bool has_file(const fs::path& folder, const std::string& pattern)
{
    if (pattern.empty()) return true;
    glob_t found{};
    const bool any = ::glob((folder / pattern).c_str(), 0, nullptr, &found) == 0;
    ::globfree(&found);
    return any;
}

std::string read_if_file(const reading& at)
{
    std::string pattern;
    at.with("if_file", [&](const reading& name) {
        pattern = name.text("the name of a file of the folder, or a pattern such as \"*.java\"");
        if (pattern.empty() || pattern.starts_with('/') || pattern.find("..") != std::string::npos)
            name.expected("the name of a file of the folder, or a pattern such as \"*.java\"");
    });
    return pattern;
}

alternative read_role(const reading& at)
{
    at.check_object(R"(how a role is started, such as {"command": ["python3", "server.py"]})",
                    role_keys);
    alternative made{read_if_file(at), at.value()};
    made.what.erase("if_file");
    if (at.has("command") && at.has("program"))
        at.wrong("expected either a \"program\" of badwire's or a \"command\"");
    at.with("command", [](const reading& words) {
        words.check_array(R"(a command and its arguments such as ["python3", "server.py"])", 1);
        words.each([](const reading& word) { word.text("a text"); });
    });
    return made;
}

// ["make"], or a list of these, each with what it depends on.
std::vector<alternative> read_build(const reading& at)
{
    constexpr std::string_view what =
        R"(a command such as ["make"], or [{"if_file": "*.java", "command": ["javac", …]}, …])";
    at.check_array(what, 1);
    const auto words = [&](const reading& all) {
        all.check_array(what, 1);
        all.each([](const reading& word) { word.text("a text"); });
        return all.value();
    };
    if (at.value().front().is_string()) return {{"", words(at)}};
    std::vector<alternative> steps;
    at.each([&](const reading& one) {
        one.check_object(what, {"if_file", "command"});
        alternative step{read_if_file(one), {}};
        one.need("command", "a command that builds",
                 [&](const reading& all) { step.what = words(all); });
        steps.push_back(std::move(step));
    });
    return steps;
}

void read_roles(implementation& into, const reading& at)
{
    at.check_object(R"(roles such as {"udp-ftp-server": {"command": ["python3", "server.py"]}})");
    std::vector<std::string> known;
    for (const auto& program : apps::catalogue()) known.emplace_back(program.name);
    at.each([&](const std::string& name, const reading& one) {
        if (apps::find_program(name) == nullptr)
            one.wrong(fmt::format("no role \"{}\": roles are named like badwire's programs{}", name,
                                  suggestion(name, known)));
        auto& alternatives = into.roles[name];
        if (!one.value().is_array()) return alternatives.push_back(read_role(one));
        one.check_array("ways to start it, the first that fits is taken", 1);
        one.each([&](const reading& way) { alternatives.push_back(read_role(way)); });
    });
}

// What the words of a role stand for in one place of a scenario.
class role_words {
public:
    role_words(const json& process, const fs::path& folder) : folder_(folder)
    {
        for (const json& word : process.value("args", json::array()))
            args_.push_back(word.is_string() ? word.get<std::string>() : word.dump());
    }

    json resolved(const json& value) const
    {
        if (value.is_string()) return text(value.get<std::string>());
        if (!value.is_structured()) return value;
        json made = value.is_array() ? json::array() : json::object();
        for (const auto& [key, inner] : value.items()) {
            if (value.is_object()) made[key] = resolved(inner);
            else if (inner == "${args}")
                for (const std::string& word : args_) made.push_back(word);
            else made.push_back(resolved(inner));
        }
        return made;
    }

private:
    std::string text(std::string words) const
    {
        for (std::size_t at = 0; (at = words.find("${", at)) != std::string::npos;) {
            const auto end = words.find('}', at);
            if (end == std::string::npos) break;
            const std::string name = words.substr(at + 2, end - at - 2);
            std::optional<std::string> means;
            if (name == "folder") means = folder_.string();
            else if (name.starts_with("args.")) means = argument(name.substr(5));
            if (means) words.replace(at, end - at + 1, *means);
            at = means ? at + means->size() : end;
        }
        return words;
    }

    const std::string& argument(const std::string& number) const
    {
        std::size_t place = 0;
        const char* const end = number.data() + number.size();
        const auto [rest, failed] = std::from_chars(number.data(), end, place);
        if (failed != std::errc() || rest != end || place == 0 || place > args_.size())
            throw mistake("", fmt::format("${{args.{}}}: the scenario gives this program {} "
                                          "arguments",
                                          number, args_.size()));
        return args_[place - 1];
    }

    fs::path folder_;
    std::vector<std::string> args_;
};

// A word that names a file of the implementation's folder becomes its path: processes run elsewhere.
std::string word_in(const fs::path& folder, const std::string& word, bool that_runs)
{
    if (word.empty() || word.front() == '/' || word.front() == '-') return word;
    std::error_code failed;
    const fs::path path = (folder / word).lexically_normal();
    if (!fs::is_regular_file(path, failed)) return word;
    const bool by_path = word.find('/') != std::string::npos;
    return that_runs && !by_path && is_executable(word) ? word : path.string();
}

} // namespace

implementation read_implementation(const reading& at, std::string name, const fs::path& beside)
{
    implementation made;
    made.name = std::move(name);
    at.with("folder", [&](const reading& folder) {
        made.folder = beside / folder.text("the name of a folder");
        std::error_code failed;
        if (!fs::is_directory(made.folder, failed))
            folder.wrong(fmt::format("there is no folder {}", made.folder.string()));
    });
    at.with("build", [&](const reading& steps) { made.build = read_build(steps); });
    at.with("build_time_limit", [&](const reading& time) { made.build_time_limit = time.time(); });
    made.otherwise_badwire = !at.has("roles");
    at.with("otherwise", [&](const reading& who) {
        if (who.value() != "badwire")
            who.expected("\"badwire\": roles that are not named are its own programs");
        made.otherwise_badwire = true;
    });
    at.with("roles", [&](const reading& roles) { read_roles(made, roles); });
    return made;
}

std::vector<std::vector<std::string>> build_commands(const implementation& of,
                                                     const fs::path& folder)
{
    std::vector<std::vector<std::string>> commands;
    for (const auto& [if_file, words] : of.build)
        if (has_file(folder, if_file)) {
            auto& command = commands.emplace_back();
            for (const json& word : words)
                command.push_back(
                    role_words(json::object(), folder).resolved(word).get<std::string>());
        }
    return commands;
}

std::string build(const implementation& what, const fs::path& folder)
{
    for (const auto& command : build_commands(what, folder)) {
        const command_result made = run_command(command, folder, what.build_time_limit);
        if (made.why_not.empty()) continue;
        return fmt::format("{}: {}{}{}", fmt::join(command, " "), made.why_not,
                           made.output.empty() ? "" : "\n", made.output);
    }
    return {};
}

bool is_role(const json& process) { return process.is_object() && process.contains("program"); }

std::optional<json> played_by(const implementation& who, const json& process,
                              const fs::path& folder)
{
    const auto role = who.roles.find(process.at("program").get<std::string>());
    if (role == who.roles.end())
        return who.otherwise_badwire ? std::optional(process) : std::nullopt;
    const auto way = std::ranges::find_if(
        role->second, [&](const alternative& one) { return has_file(folder, one.if_file); });
    if (way == role->second.end()) return {};
    json patch = role_words(process, folder).resolved(way->what);
    json made = process;
    if (patch.contains("command")) {
        made.erase("program");
        made.erase("args");
        for (std::size_t i = 0; i < patch["command"].size(); ++i)
            patch["command"][i] = word_in(folder, patch["command"][i].get<std::string>(), i == 0);
    }
    made.merge_patch(patch);
    return made;
}

std::set<std::string> seats_of(const scenario& what)
{
    std::set<std::string> names;
    for (const auto& [name, process] : what.asked.at("processes").items())
        if (is_role(process)) {
            names.insert(name);
            names.insert(process.at("program").get<std::string>());
        }
    return names;
}

std::optional<scenario> with_players(const scenario& what,
                                     const std::map<std::string, player>& by_process,
                                     std::string& lacks)
{
    json asked = what.asked;
    asked.erase("matrix"); // this combination stands in it
    for (const auto& [name, who] : by_process) {
        json& process = asked.at("processes").at(name);
        const std::string role = process.at("program").get<std::string>();
        try {
            const auto made = played_by(*who.who, process, who.folder);
            if (!made) {
                lacks = fmt::format("{} has no {}", who.who->name, role);
                return {};
            }
            process = *made;
        } catch (const mistake& wrong) {
            throw mistake("", fmt::format("{} as {} of {}: {}", who.who->name, role, what.file,
                                          wrong.what()));
        }
    }
    try {
        auto made = parse_scenario(asked.dump(), what.file);
        made.front().matrix = what.matrix;
        return std::move(made.front());
    } catch (const mistake& wrong) {
        std::set<std::string> names;
        for (const auto& [name, who] : by_process) names.insert(who.who->name);
        throw mistake("", fmt::format("{}, played by {}: {}: {}", what.file,
                                      fmt::join(names, " and "), wrong.pointer, wrong.what()));
    }
}

} // namespace badwire::harness
