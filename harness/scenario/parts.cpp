#include "harness/scenario/parts.hpp"

#include <algorithm>

#include "harness/judge/expectation.hpp"
#include "harness/scenario/text.hpp"
#include "impl/apps/shared/program.hpp"
#include "impl/base/units.hpp"

namespace badwire::harness {
namespace {

constexpr std::uint64_t largest_payload_bytes = std::uint64_t{4} << 30;

void check_relative_path(const std::string& path, const std::string& pointer)
{
    const std::filesystem::path parsed(path);
    const bool leaves =
        parsed.is_absolute() || std::find(parsed.begin(), parsed.end(), "..") != parsed.end();
    if (path.empty() || leaves) throw mistake(pointer, "expected a path inside the run's folder");
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

} // namespace

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

file_spec parse_file(const std::string& name, const json& asked, const std::string& pointer)
{
    check_relative_path(name, pointer);
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

} // namespace badwire::harness
