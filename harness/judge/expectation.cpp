#include "harness/judge/expectation.hpp"

#include <algorithm>
#include <fstream>
#include <set>

#include <boost/regex.hpp>

namespace badwire::harness {
namespace {

const std::vector<std::string> kinds{"exit", "output",  "errors", "same_file", "different_file",
                                     "file", "no_file", "metric", "order"};
const std::vector<std::string> text_tests{"contains", "lacks", "matches", "equals"};
const std::vector<std::string> bounds{"at_least", "at_most", "equals"};

std::string kind_of(const json& expectation)
{
    for (const auto& kind : kinds)
        if (expectation.contains(kind)) return kind;
    return "";
}

void check_process(const scenario& what, const std::string& name, const std::string& pointer)
{
    if (!what.family(name).empty()) return;
    std::vector<std::string> valid;
    for (const auto& process : what.processes) valid.push_back(process.name);
    throw mistake(pointer, fmt::format("no process \"{}\"{}", name, suggestion(name, valid)));
}

// A metric's name, taken apart.
struct metric_name {
    enum class kind { process, link, waiting, elapsed } what;
    std::string object;
    std::string field;
};

metric_name parse_metric(const scenario& what, const std::string& name, const std::string& pointer)
{
    if (name == "elapsed_ms") return {metric_name::kind::elapsed, "", ""};
    const auto dot = name.find('.');
    if (dot == std::string::npos)
        throw mistake(pointer,
                      "expected PROCESS.NAME, link.LINK.up.dropped, waiting.CLIENT.waiting_ms "
                      "or elapsed_ms");
    const std::string first = name.substr(0, dot);
    const std::string rest = name.substr(dot + 1);
    const auto second_dot = rest.find('.');
    if ((first == "link" || first == "waiting") && second_dot != std::string::npos &&
        !what.find(first)) {
        const std::string object = rest.substr(0, second_dot);
        const std::string field = rest.substr(second_dot + 1);
        if (first == "waiting") {
            check_process(what, object, pointer);
            return {metric_name::kind::waiting, object, field};
        }
        std::vector<std::string> valid;
        for (const auto& [link, ignored] : what.links) valid.push_back(link);
        if (!what.links.contains(object))
            throw mistake(pointer,
                          fmt::format("no link \"{}\"{}", object, suggestion(object, valid)));
        return {metric_name::kind::link, object, field};
    }
    check_process(what, first, pointer);
    return {metric_name::kind::process, first, rest};
}

void check_order(const scenario& what, const json& order, const std::string& pointer)
{
    for (std::size_t i = 0; i < order.size(); ++i) {
        const std::string place = fmt::format("{}/{}", pointer, i);
        check_process(what, order[i]["process"].get<std::string>(), place + "/process");
        if (order[i].contains("prints") == order[i].contains("event"))
            throw mistake(place, "expected either \"prints\" or \"event\"");
        if (order[i].contains("prints"))
            check_regex(order[i]["prints"].get<std::string>(), place + "/prints");
    }
}

void check_expectation(const scenario& what, const json& expectation, const std::string& pointer)
{
    const std::string kind = kind_of(expectation);
    if (kind.empty())
        throw mistake(pointer, "says nothing; expected one of exit, output, errors, same_file, "
                               "different_file, file, no_file, metric, order");
    const bool is_text = kind == "output" || kind == "errors";
    const auto& tests = is_text ? text_tests : bounds;
    bool tested = false;
    for (const auto& [key, value] : expectation.items()) {
        const std::string place = pointer + pointer_step(key);
        if (key == kind) continue;
        const bool fits =
            (is_text || kind == "metric") && std::count(tests.begin(), tests.end(), key) > 0;
        if (!fits) throw mistake(place, fmt::format("does not go with \"{}\"", kind));
        if (value.is_string() != is_text)
            throw mistake(place, is_text ? "expected a text" : "expected a number");
        if (key == "matches") check_regex(value.get<std::string>(), place);
        tested = true;
    }
    if (is_text && !tested)
        throw mistake(pointer, "expected one of contains, lacks, matches, equals");
    if (kind == "metric" && !tested)
        throw mistake(pointer, "expected one of at_least, at_most, equals");

    const std::string place = pointer + "/" + kind;
    if (kind == "exit")
        for (const auto& [name, code] : expectation["exit"].items())
            check_process(what, name, place + pointer_step(name));
    if (is_text) check_process(what, expectation[kind].get<std::string>(), place);
    if (kind == "metric") parse_metric(what, expectation["metric"].get<std::string>(), place);
    if (kind == "order") check_order(what, expectation["order"], place);
}

// ---- judging

void judge_exit(const process_record& process, const json& wanted, std::vector<judgement>& into)
{
    const bool any_failure = wanted.is_string();
    judgement judged;
    judged.what = any_failure ? fmt::format("{} fails", process.name)
                              : fmt::format("{} exits with {}", process.name, wanted.get<int>());
    if (!process.exit) {
        judged.detail = "it never started";
    } else {
        judged.met = any_failure ? *process.exit != 0 : *process.exit == wanted.get<int>();
        judged.detail = fmt::format("it exited with {}{}", *process.exit,
                                    process.stopped ? ", stopped by the run" : "");
    }
    into.push_back(std::move(judged));
}

judgement judge_text(const process_record& process, const std::string& stream,
                     const std::string& test, const std::string& wanted)
{
    const std::string& text = stream == "output" ? process.output : process.errors;
    judgement judged;
    judged.what = fmt::format("{} of {} {} \"{}\"", stream, process.name, test, wanted);
    if (test == "contains") judged.met = text.find(wanted) != std::string::npos;
    else if (test == "lacks") judged.met = text.find(wanted) == std::string::npos;
    else if (test == "equals") judged.met = text == wanted;
    else judged.met = regex_found(wanted, text);
    constexpr std::size_t longest = 200;
    judged.detail = text.empty() ? "it is empty"
                                 : fmt::format("it is \"{}\"{}", text.substr(0, longest),
                                               text.size() > longest ? "…" : "");
    return judged;
}

// Where two files first differ, or what else is wrong; empty when they are the same.
std::string difference(const std::filesystem::path& first, const std::filesystem::path& second)
{
    for (const auto& path : {first, second})
        if (!std::filesystem::is_regular_file(path))
            return fmt::format("there is no file {}", path.filename().string());
    std::ifstream a(first, std::ios::binary);
    std::ifstream b(second, std::ios::binary);
    std::vector<char> block_a(1 << 16);
    std::vector<char> block_b(1 << 16);
    for (std::uint64_t offset = 0;;) {
        a.read(block_a.data(), static_cast<std::streamsize>(block_a.size()));
        b.read(block_b.data(), static_cast<std::streamsize>(block_b.size()));
        const auto in_a = a.gcount();
        const auto in_b = b.gcount();
        const auto differ = std::mismatch(block_a.begin(), block_a.begin() + in_a, block_b.begin(),
                                          block_b.begin() + in_b);
        if (differ.first != block_a.begin() + in_a || differ.second != block_b.begin() + in_b)
            return fmt::format("they differ from byte {} on; {} and {} bytes long",
                               offset + static_cast<std::uint64_t>(differ.first - block_a.begin()),
                               std::filesystem::file_size(first),
                               std::filesystem::file_size(second));
        if (in_a == 0) return "";
        offset += static_cast<std::uint64_t>(in_a);
    }
}

judgement judge_files(const json& expectation, const std::string& kind,
                      const std::filesystem::path& folder)
{
    judgement judged;
    if (kind == "file" || kind == "no_file") {
        const std::string name = expectation[kind].get<std::string>();
        const bool there = std::filesystem::exists(folder / name);
        judged.what = fmt::format("there is {} {}", kind == "file" ? "a file" : "no file", name);
        judged.met = there == (kind == "file");
        judged.detail = there ? "it is there" : "it is not there";
        return judged;
    }
    const std::string first = expectation[kind][0].get<std::string>();
    const std::string second = expectation[kind][1].get<std::string>();
    const std::string found = difference(folder / first, folder / second);
    judged.what = fmt::format("{} and {} are {}", first, second,
                              kind == "same_file" ? "the same" : "different");
    judged.met = found.empty() == (kind == "same_file");
    judged.detail = found.empty() ? "they are the same" : found;
    return judged;
}

// The values a metric's name stands for, each with what it is of.
std::vector<std::pair<std::string, std::optional<double>>> metric_values(const run_record& run,
                                                                         const metric_name& name)
{
    std::vector<std::pair<std::string, std::optional<double>>> values;
    const auto number = [](const json& object, const std::string& path) -> std::optional<double> {
        const json* at = &object;
        for (std::size_t begin = 0; begin <= path.size();) {
            const auto end = std::min(path.find('.', begin), path.size());
            const auto found =
                at->is_object() ? at->find(path.substr(begin, end - begin)) : at->end();
            if (!at->is_object() || found == at->end()) return {};
            at = &*found;
            begin = end + 1;
        }
        return at->is_number() ? std::optional(at->get<double>()) : std::nullopt;
    };
    switch (name.what) {
    case metric_name::kind::elapsed:
        values.emplace_back("elapsed_ms",
                            std::chrono::duration<double, std::milli>(run.elapsed).count());
        break;
    case metric_name::kind::link:
        values.emplace_back(name.object + "." + name.field,
                            run.links.contains(name.object)
                                ? number(run.links[name.object], name.field)
                                : std::nullopt);
        break;
    case metric_name::kind::process:
        for (const process_spec* spec : run.what->family(name.object)) {
            const process_record* process = run.find(spec->name);
            std::optional<double> value;
            if (process && name.field == "exit" && process->exit) value = *process->exit;
            else if (process) value = number(process->metrics, name.field);
            values.emplace_back(spec->name + "." + name.field, value);
        }
        break;
    case metric_name::kind::waiting: {
        const json entry = to_json(run)["waiting"];
        for (const process_spec* spec : run.what->family(name.object)) {
            bool found = false;
            for (const json& one : entry)
                if (one["client"] == spec->name) {
                    values.emplace_back(spec->name + "." + name.field, number(one, name.field));
                    found = true;
                }
            if (!found) values.emplace_back(spec->name + "." + name.field, std::nullopt);
        }
        break;
    }
    }
    return values;
}

void judge_metric(const run_record& run, const json& expectation, std::vector<judgement>& into)
{
    const std::string name = expectation["metric"].get<std::string>();
    const metric_name parsed = parse_metric(*run.what, name, "");
    for (const auto& [label, value] : metric_values(run, parsed)) {
        judgement judged;
        judged.what = label;
        judged.met = value.has_value();
        judged.timed = name.ends_with("_ms") || name.ends_with("_per_s");
        for (const auto& bound : bounds) {
            if (!expectation.contains(bound)) continue;
            const double limit = expectation[bound].get<double>();
            judged.what += fmt::format(" {} {}",
                                       bound == "at_least"  ? "≥"
                                       : bound == "at_most" ? "≤"
                                                            : "=",
                                       limit);
            if (!value) continue;
            judged.met = judged.met && (bound == "at_least"  ? *value >= limit
                                        : bound == "at_most" ? *value <= limit
                                                             : *value == limit);
        }
        judged.detail = value ? fmt::format("it is {}", *value) : "there is no such number";
        into.push_back(std::move(judged));
    }
}

judgement judge_order(const run_record& run, const json& order)
{
    judgement judged;
    std::size_t from = 0;
    for (const json& item : order) {
        const std::string process = item["process"].get<std::string>();
        const bool prints = item.contains("prints");
        const std::string wanted =
            prints ? item["prints"].get<std::string>() : item["event"].get<std::string>();
        const auto event = prints               ? log_event::kind::prints
                           : wanted == "starts" ? log_event::kind::starts
                                                : log_event::kind::ends;
        judged.what += fmt::format("{}{} {}", judged.what.empty() ? "" : ", then ", process,
                                   prints ? fmt::format("prints \"{}\"", wanted) : wanted);
        if (!judged.detail.empty()) continue; // failed before: only the wording goes on
        while (from < run.log.size() &&
               !(run.log[from].process == process && run.log[from].what == event &&
                 (!prints || regex_found(wanted, run.log[from].line))))
            ++from;
        if (from == run.log.size())
            judged.detail =
                fmt::format("\"{}\" of {} did not happen after what came before", wanted, process);
        else ++from;
    }
    judged.met = judged.detail.empty();
    if (judged.met) judged.detail = "it was so";
    return judged;
}

} // namespace

void check_regex(const std::string& pattern, const std::string& pointer)
{
    try {
        const boost::regex compiled(pattern);
    } catch (const boost::regex_error& error) {
        throw mistake(pointer, fmt::format("not a regular expression: {}", error.what()));
    }
}

bool regex_found(const std::string& pattern, std::string_view text)
{
    try {
        return boost::regex_search(text.begin(), text.end(), boost::regex(pattern));
    } catch (const std::runtime_error&) {
        return false; // too complex for this text
    }
}

void check_expectations(const scenario& what)
{
    for (std::size_t i = 0; i < what.expectations.size(); ++i)
        check_expectation(what, what.expectations[i], fmt::format("/expect/{}", i));
}

std::vector<judgement> judge(const run_record& run, const std::filesystem::path& folder)
{
    std::vector<judgement> judgements;
    std::set<std::string> exits_asked;
    for (const json& expectation : run.what->expectations) {
        const std::string kind = kind_of(expectation);
        if (kind == "exit") {
            for (const auto& [name, code] : expectation["exit"].items())
                for (const process_spec* spec : run.what->family(name)) {
                    exits_asked.insert(spec->name);
                    judge_exit(*run.find(spec->name), code, judgements);
                }
        } else if (kind == "output" || kind == "errors") {
            for (const process_spec* spec : run.what->family(expectation[kind].get<std::string>()))
                for (const auto& test : text_tests)
                    if (expectation.contains(test))
                        judgements.push_back(judge_text(*run.find(spec->name), kind, test,
                                                        expectation[test].get<std::string>()));
        } else if (kind == "metric") {
            judge_metric(run, expectation, judgements);
        } else if (kind == "order") {
            judgements.push_back(judge_order(run, expectation["order"]));
        } else {
            judgements.push_back(judge_files(expectation, kind, folder));
        }
    }
    for (const auto& process : run.processes) {
        constexpr int signal_base = 128;
        if (process.stopped || exits_asked.contains(process.name)) continue;
        if (exits_asked.empty()) judge_exit(process, 0, judgements);
        else if (process.exit && *process.exit > signal_base)
            judgements.push_back({fmt::format("{} does not crash", process.name), false,
                                  fmt::format("signal {} ended it", *process.exit - signal_base),
                                  false});
    }
    return judgements;
}

} // namespace badwire::harness
