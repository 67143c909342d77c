#include "harness/judge/record.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/ranges.h>

#include "harness/judge/story.hpp"
#include "harness/scenario/selection.hpp"

namespace badwire::harness {
namespace {

// In quotes where a shell would not take it as it is.
std::string shell_word(const std::string& text)
{
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789_-+=:,./@%";
    if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
    return quoted + "'";
}

} // namespace

std::string_view to_string(verdict which)
{
    switch (which) {
    case verdict::pass: return "pass";
    case verdict::fail: return "fail";
    case verdict::inconclusive: return "inconclusive";
    case verdict::error: return "error";
    }
    return "";
}

const process_record* run_record::find(std::string_view name) const
{
    const auto found = std::find_if(processes.begin(), processes.end(),
                                    [&](const auto& process) { return process.name == name; });
    return found == processes.end() ? nullptr : &*found;
}

std::string signal_of(const process_record& process)
{
    constexpr int signal_base = 128; // a higher exit code: the process was ended by this signal
    const int signal = process.exit.value_or(0) - signal_base;
    const char* const name = signal > 0 ? sigdescr_np(signal) : nullptr; // null: no such signal
    return name == nullptr ? "" : fmt::format("signal {} ({})", signal, name);
}

std::string_view telling_line(std::string_view errors)
{
    std::string_view first;
    std::string_view last;
    std::string_view exception;
    while (!errors.empty()) {
        const std::string_view line = errors.substr(0, errors.find('\n'));
        errors.remove_prefix(std::min(errors.size(), line.size() + 1));
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        if (first.empty()) first = line;
        last = line;
        const std::string_view word = line.substr(0, line.find(": "));
        const bool one_word = word.size() < line.size() && word.find(' ') == std::string_view::npos;
        if (one_word && (word.ends_with("Error") || word.ends_with("Exception"))) exception = line;
    }
    if (first.starts_with("Traceback (most recent call last)")) return last;
    return exception.empty() ? first : exception;
}

std::string replay_command(const run_record& run)
{
    std::string command = fmt::format("badwire run {} --network {} --seed {}",
                                      shell_word(run.what->file), to_string(run.network), run.seed);
    if (run.interleaving != run.what->interleaving)
        command += fmt::format(" --interleaving {}", run.interleaving);
    if (run.what->repeat > 1) command += " --repeat 1";
    if (const std::string only = to_selection(run.what->matrix); !only.empty())
        command += " --only " + shell_word(only);
    if (run.strict) command += " --strict";
    return command;
}

namespace {

std::string tail(const std::string& text)
{
    constexpr std::size_t longest = 16 << 10;
    return text.size() <= longest ? text : "…" + text.substr(text.size() - longest);
}

json to_json(const process_record& process)
{
    const auto& words = process.command;
    json entry = {
        {"program", words.empty() ? "" : words.front()},
        {"arguments", std::vector<std::string>(words.begin() + !words.empty(), words.end())},
        {"exit", process.exit ? json(*process.exit) : json()},
        {"stopped", process.stopped},
        {"started_ms", to_ms(process.started)},
        {"ended_ms", to_ms(process.ended)},
        {"waited_ms", to_ms(process.waited)},
        {"metrics", process.metrics},
        {"stdout", tail(process.output.text)},
        {"stderr", tail(process.errors.text)},
        {"dropped_bytes", process.output.dropped_bytes + process.errors.dropped_bytes}};
    if (process.gave_up) entry["gave_up"] = true;
    return entry;
}

} // namespace

json to_json(const waiting_time& one)
{
    const auto since_start = [&](double to) {
        return one.start_ms ? json(to - *one.start_ms) : json();
    };
    return {{"client", one.client},
            {"arrival_ms", one.arrival_ms},
            {"start_ms", one.start_ms ? json(*one.start_ms) : json()},
            {"end_ms", one.end_ms},
            {"waiting_ms", one.start_ms ? json(*one.start_ms - one.arrival_ms) : json()},
            {"service_ms", since_start(one.end_ms)},
            {"response_ms", one.end_ms - one.arrival_ms}};
}

json to_json(const run_record& run)
{
    json expectations = json::array();
    for (const auto& judged : run.judgements)
        expectations.push_back(
            {{"what", judged.what}, {"met", judged.met}, {"detail", judged.detail}});

    json processes = json::object(); // appended to: looking each name up takes long for many
    for (const auto& process : run.processes)
        processes.get_ref<json::object_t&>().emplace_back(process.name, to_json(process));

    json waiting = json::array();
    for (const auto& one : run.waiting) waiting.push_back(to_json(one));

    json entry = {{"scenario", run.what->file},
                  {"title", run.what->title},
                  {"description", run.what->description},
                  {"network", to_string(run.network)},
                  {"seed", run.seed},
                  {"repeat", run.repeat},
                  {"matrix", run.what->matrix},
                  {"tags", run.what->tags},
                  {"verdict", to_string(run.verdict)},
                  {"message", run.message},
                  {"vacuous", run.vacuous},
                  {"notes", run.notes},
                  {"elapsed_ms", to_ms(run.elapsed)},
                  {"wall_ms", to_ms(run.wall)},
                  {"replay", replay_command(run)},
                  {"asked", run.what->asked},
                  {"expectations", std::move(expectations)},
                  {"processes", std::move(processes)},
                  {"links", run.links},
                  {"waiting", std::move(waiting)}};
    if (const auto story = story_of(run)) entry["story"] = to_json(*story);
    if (!run.folder.empty()) entry["folder"] = run.folder;
    if (!run.load.is_null()) entry["load"] = run.load;
    if (run.waiting_left_out > 0) entry["waiting_left_out"] = run.waiting_left_out;
    if (run.interleaving > 0) entry["interleaving"] = run.interleaving;
    if (!run.depends_on_machine.empty()) {
        entry["repeatable"] = false;
        entry["differs"] = run.depends_on_machine;
    }
    if (!run.faults.empty()) entry["faults"] = run.faults;
    if (!run.deadlock.is_null()) entry["deadlock"] = run.deadlock;
    if (run.network != network_kind::virtual_time) {
        duration waited = run.harness_waited;
        for (const auto& process : run.processes) waited += process.waited;
        entry["starved"] = to_ms(waited) / std::max(to_ms(run.wall), 1e-6);
        entry["harness_waited_ms"] = to_ms(run.harness_waited);
    }
    return entry;
}

} // namespace badwire::harness
