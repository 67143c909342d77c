#include "harness/judge/judge.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/judge/vacuous.hpp"
#include "impl/base/units.hpp"

namespace badwire::harness {
namespace {

// "it exited with 1", "signal 11 (Segmentation fault) ended it"
std::string how_it_ended(const process_record& process)
{
    const char* const by = process.stopped ? ", stopped by the run" : "";
    const std::string signal = signal_of(process);
    if (signal.empty()) return fmt::format("it exited with {}{}", *process.exit, by);
    return fmt::format("{} ended it{}", signal, by);
}

judgement judge_exit(const process_record& process, std::optional<int> wanted)
{
    judgement judged{.process = process.name, .about = concern::exit};
    judged.what = wanted ? fmt::format("{} exits with {}", process.name, *wanted)
                         : fmt::format("{} fails", process.name);
    if (!process.exit) {
        judged.detail = "it never started";
    } else {
        judged.met = wanted ? *process.exit == *wanted : *process.exit != 0;
        judged.detail = how_it_ended(process);
        const std::string_view said = telling_line(process.errors.text);
        if (!judged.met && !said.empty())
            judged.detail = fmt::format("{}; {}", said, judged.detail);
    }
    return judged;
}

judgement judge_text(const process_record& process, bool errors, const text_expected::one& test)
{
    const auto& [text, dropped_bytes] = errors ? process.errors : process.output;
    judgement judged{.process = process.name, .about = concern::text};
    std::string_view verb;
    switch (test.how) {
    case text_expected::test::contains:
        verb = "contains";
        judged.met = text.find(test.wanted) != std::string::npos;
        break;
    case text_expected::test::lacks:
        verb = "lacks";
        judged.met = text.find(test.wanted) == std::string::npos;
        break;
    case text_expected::test::matches:
        verb = "matches";
        judged.met = test.regex->found_in(text);
        break;
    case text_expected::test::equals:
        verb = "equals";
        judged.met = text == test.wanted;
        break;
    }
    judged.what = fmt::format("{} of {} {} \"{}\"", errors ? "errors" : "output", process.name,
                              verb, test.wanted);
    constexpr std::size_t longest = 200;
    judged.detail = text.empty() ? "it is empty"
                                 : fmt::format("it is \"{}\"{}", text.substr(0, longest),
                                               text.size() > longest ? "…" : "");
    // What is no longer known may have held it.
    const bool needs_all =
        test.how == text_expected::test::lacks || test.how == text_expected::test::equals;
    if (dropped_bytes > 0 && (!judged.met || needs_all)) {
        judged.met = false;
        judged.detail = fmt::format("its first {} bytes are not kept, only its end is; {}",
                                    dropped_bytes, judged.detail);
    }
    return judged;
}

// Where two files below a folder first differ, or what else is wrong; empty when they are the same.
// The second is what became of the first.
std::string difference(const std::filesystem::path& folder, const std::string& first_name,
                       const std::string& second_name)
{
    const auto first = folder / first_name;
    const auto second = folder / second_name;
    if (!std::filesystem::is_regular_file(first))
        return fmt::format("the original is missing: there is no file {}", first_name);
    if (!std::filesystem::is_regular_file(second))
        return fmt::format("the copy of {} is missing: there is no file {}", first_name,
                           second_name);
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

// The number at a path whose steps are separated by dots.
std::optional<double> number_at(const json& object, std::string_view path)
{
    const json* at = &object;
    for (std::size_t begin = 0; begin <= path.size();) {
        const auto end = std::min(path.find('.', begin), path.size());
        if (!at->is_object()) return {};
        const auto found = at->find(path.substr(begin, end - begin));
        if (found == at->end()) return {};
        at = &*found;
        begin = end + 1;
    }
    return at->is_number() ? std::optional(at->get<double>()) : std::nullopt;
}

// One of the values that a metric's name stands for.
struct metric_value {
    std::string label;
    std::optional<double> value;
    std::string of; // see judgement::depends_on
};

std::vector<metric_value> waiting_values(const run_record& run, const metric_name& name)
{
    std::vector<metric_value> values;
    for (const process_spec* spec : run.what->family(name.object)) {
        const std::string label = spec->name + "." + name.field;
        const auto before = values.size();
        for (const waiting_time& one : run.waiting)
            if (one.client == spec->name)
                values.push_back({label, number_at(to_json(one), name.field), spec->name});
        if (values.size() == before) values.push_back({label, {}, spec->name});
    }
    return values;
}

std::vector<metric_value> process_values(const run_record& run, const metric_name& name)
{
    std::vector<metric_value> values;
    for (const process_spec* spec : run.what->family(name.object)) {
        const process_record* process = run.find(spec->name);
        std::optional<double> value;
        if (process && name.field == "exit" && process->exit) value = *process->exit;
        else if (process) value = number_at(process->metrics, name.field);
        values.push_back({spec->name + "." + name.field, value, spec->name});
    }
    return values;
}

std::vector<metric_value> metric_values(const run_record& run, const metric_name& name)
{
    switch (name.of) {
    case metric_name::holder::process: return process_values(run, name);
    case metric_name::holder::waiting: return waiting_values(run, name);
    case metric_name::holder::link:
        return {{name.object + "." + name.field,
                 run.links.contains(name.object) ? number_at(run.links[name.object], name.field)
                                                 : std::nullopt,
                 name.object}};
    case metric_name::holder::load:
        return {{name.object + "." + name.field,
                 run.load.contains(name.object) ? number_at(run.load[name.object], name.field)
                                                : std::nullopt,
                 name.object}};
    case metric_name::holder::run: break;
    }
    return {{"elapsed_ms", std::chrono::duration<double, std::milli>(run.elapsed).count(), ""}};
}

// How much time makes the difference between a value and its limit, if the metric's name has a unit
// of time: "elapsed_ms", "delay_ms.achieved", "bytes_per_s". Of a rate: what the whole run lacks.
std::optional<duration> missed_by(std::string_view field, double value, double limit,
                                  duration elapsed)
{
    const auto measured_in = [&](std::string_view unit) {
        const auto at = field.find(unit);
        return at != std::string_view::npos &&
               (at + unit.size() == field.size() || field[at + unit.size()] == '.');
    };
    const auto of_ns = [](double ns) { return duration(static_cast<std::int64_t>(std::abs(ns))); };
    if (measured_in("_per_s"))
        return limit > 0 ? of_ns((1 - value / limit) * static_cast<double>(elapsed.count()))
                         : duration(0);
    for (const auto& [unit, ns] : {std::pair("_ns", 1.0), {"_us", 1e3}, {"_ms", 1e6}, {"_s", 1e9}})
        if (measured_in(unit)) return of_ns((value - limit) * ns);
    return {};
}

std::string why_no_number(const run_record& run, const metric_name& name, const std::string& label)
{
    if (name.of == metric_name::holder::link && !run.links.contains(name.object))
        return run.network == network_kind::direct
                   ? "there are no links on the network direct: use relay, hosts or virtual"
                   : fmt::format("nothing went over link {}", name.object);
    if (name.of == metric_name::holder::waiting)
        return "there is no such number: no request of it was seen to be served";
    const process_record* const process = run.find(label.substr(0, label.find('.')));
    if (process != nullptr && !process->metrics_flaw.empty())
        return "there is no such number: " + process->metrics_flaw;
    if (process == nullptr || process->metrics.empty())
        return "there is no such number: the process wrote no metrics";
    std::vector<std::string> there;
    for (const auto& [key, value] : process->metrics.items())
        if (value.is_number()) there.push_back(key);
    return fmt::format("there is no such number; the process measured {}", fmt::join(there, ", "));
}

bool keeps_to(double value, metric_expected::bound bound, double limit)
{
    switch (bound) {
    case metric_expected::bound::at_least: return value >= limit;
    case metric_expected::bound::at_most: return value <= limit;
    case metric_expected::bound::equals: break;
    }
    return value == limit;
}

std::string_view sign_of(metric_expected::bound bound)
{
    switch (bound) {
    case metric_expected::bound::at_least: return "≥";
    case metric_expected::bound::at_most: return "≤";
    case metric_expected::bound::equals: break;
    }
    return "=";
}

// Judges one expectation; a function for each kind.
class visitor {
public:
    visitor(const run_record& run, const std::filesystem::path& folder) : run_(run), folder_(folder)
    {
    }

    void operator()(const exit_codes_expected& expected)
    {
        for (const auto& [process, code] : expected.all)
            for (const process_spec* spec : run_.what->family(process)) {
                exits_asked_.insert(spec->name);
                judgements_.push_back(judge_exit(*run_.find(spec->name), code));
            }
    }

    void operator()(const text_expected& expected)
    {
        for (const process_spec* spec : run_.what->family(expected.process))
            for (const auto& test : expected.tests)
                judgements_.push_back(judge_text(*run_.find(spec->name), expected.of_errors, test));
    }

    void operator()(const equal_files_expected& expected)
    {
        const auto& [same, first, second] = expected;
        const std::string found = difference(folder_, first, second);
        add(concern::file,
            fmt::format("{} and {} are {}", first, second, same ? "the same" : "different"),
            found.empty() == same, found.empty() ? "they are the same" : found);
    }

    void operator()(const file_expected& expected)
    {
        const bool there = std::filesystem::exists(folder_ / expected.name);
        add(concern::file,
            fmt::format("there is {} {}", expected.there ? "a file" : "no file", expected.name),
            there == expected.there, there ? "it is there" : "it is not there");
    }

    void operator()(const metric_expected& expected)
    {
        for (const auto& [label, value, of] : metric_values(run_, expected.name)) {
            judgement judged;
            judged.what = label;
            judged.depends_on = of;
            judged.met = value.has_value();
            for (const auto& [bound, limit] : expected.bounds) {
                judged.what += fmt::format(" {} {}", sign_of(bound), limit);
                if (!value || keeps_to(*value, bound, limit)) continue;
                judged.met = false;
                judged.missed_by =
                    missed_by(expected.name.field.empty() ? label : expected.name.field, *value,
                              limit, run_.elapsed);
            }
            judged.detail =
                value ? fmt::format("it is {}", *value) : why_no_number(run_, expected.name, label);
            judgements_.push_back(std::move(judged));
        }
    }

    void operator()(const order_expected& expected)
    {
        judgement judged{.about = concern::order};
        auto from = run_.log.begin();
        for (const auto& step : expected.steps) {
            const std::string wanted = step.line                             ? step.line->text()
                                       : step.event == process_event::starts ? "starts"
                                                                             : "ends";
            judged.what +=
                fmt::format("{}{} {}", judged.what.empty() ? "" : ", then ", step.process,
                            step.line ? fmt::format("prints \"{}\"", wanted) : wanted);
            if (!judged.detail.empty()) continue; // failed before: only the wording goes on
            from = std::find_if(from, run_.log.end(), [&](const log_event& one) {
                return one.process == step.process && one.what == step.event &&
                       (!step.line || step.line->found_in(one.line));
            });
            if (from == run_.log.end())
                judged.detail = fmt::format(
                    "\"{}\" of {} did not happen after what came before{}", wanted, step.process,
                    run_.log_dropped_lines == 0
                        ? ""
                        : fmt::format("; the first {} printed lines are not kept",
                                      run_.log_dropped_lines));
            else ++from;
        }
        judged.met = judged.detail.empty();
        if (judged.met) judged.detail = "it was so";
        judgements_.push_back(std::move(judged));
    }

    void operator()(const struck_expected& expected)
    {
        const auto times = strikes_of(expected.name, run_);
        add(concern::strike, fmt::format("{} strikes", expected.name.text()), times > 0,
            times > 0 ? fmt::format("it struck {} time{}", times, times == 1 ? "" : "s")
                      : why_missed(expected.name, run_));
    }

    void operator()(const recovery_expected& expected)
    {
        const duration limit = expected.heal_at + expected.within;
        duration over{0};
        for (const process_record& process : run_.processes)
            if (!process.stopped) over = std::max(over, process.ended);
        judgement judged{.about = concern::recovery};
        judged.what = fmt::format("it recovers within {} of {}", format_duration(expected.within),
                                  format_duration(expected.heal_at));
        judged.met = !run_.time_limit_reached && over <= limit;
        judged.detail = fmt::format("the last process ended at {}", format_duration(over));
        if (run_.time_limit_reached) judged.detail = "the run did not end";
        else if (!judged.met) judged.missed_by = over - limit;
        judgements_.push_back(std::move(judged));
    }

    // If a scenario says nothing about exit codes, each must be 0. If it does, processes that it
    // does not name must at least not crash.
    void judge_other_exits()
    {
        for (const auto& process : run_.processes) {
            const bool cut_short = process.stopped || process.killed || process.gave_up;
            if (cut_short || exits_asked_.contains(process.name)) continue;
            if (exits_asked_.empty()) judgements_.push_back(judge_exit(process, 0));
            else if (!signal_of(process).empty())
                judgements_.push_back({.what = fmt::format("{} does not crash", process.name),
                                       .met = false,
                                       .detail = how_it_ended(process),
                                       .process = process.name,
                                       .about = concern::exit});
        }
    }

    std::vector<judgement> judgements() { return std::move(judgements_); }

private:
    void add(concern about, std::string what, bool met, std::string detail)
    {
        judgements_.push_back(
            {.what = std::move(what), .met = met, .detail = std::move(detail), .about = about});
    }

    const run_record& run_;
    const std::filesystem::path& folder_;
    std::vector<judgement> judgements_;
    std::set<std::string> exits_asked_;
};

} // namespace

std::vector<judgement> judge(const run_record& run, const std::filesystem::path& folder)
{
    visitor judging(run, folder);
    for (const expectation& one : run.what->expectations) std::visit(judging, one);
    judging.judge_other_exits();
    return judging.judgements();
}

} // namespace badwire::harness
