#include "harness/run/runner.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

#include <fmt/ranges.h>

#include "harness/judge/agreement.hpp"
#include "harness/judge/judge.hpp"
#include "harness/judge/load_summary.hpp"
#include "harness/judge/machine.hpp"
#include "harness/judge/vacuous.hpp"
#include "harness/run/director.hpp"
#include "harness/run/orphans.hpp"
#include "harness/run/run_trace.hpp"
#include "harness/version.hpp"
#include "impl/real/disk_files.hpp"

namespace badwire::harness {
namespace {

// Datagrams over which no link has decided; empty where there are none.
std::string lost_by_kernel(const run_record& record)
{
    for (const auto& [name, link] : record.links.items())
        if (const auto lost = link.value("dropped_by_kernel", std::uint64_t{0}); lost > 0)
            return fmt::format("the kernel dropped {} datagrams at link {}'s own sockets, because "
                               "their buffers were full: this machine is too slow for such a load",
                               lost, name);
    return {};
}

// What a link's relay exceeded of the scenario's limits; empty when it kept to them all.
std::string beyond_limits(const run_record& record)
{
    for (const auto& [name, link] : record.links.items())
        for (const auto& [quantile, most] : record.what->lateness_max) {
            const double most_ms = std::chrono::duration<double, std::milli>(most).count();
            const double late_ms = link.value("lateness_ms", json::object()).value(quantile, 0.0);
            if (late_ms > most_ms)
                return fmt::format("link {} was too late for the scenario's limits: lateness {} "
                                   "was {:.3f} ms, at most {:.3f} ms were asked",
                                   name, quantile, late_ms, most_ms);
        }
    return {};
}

// How a process ended explains what else was not met.
std::string what_went_wrong(const run_record& record)
{
    for (const bool of_exit : {true, false})
        for (const auto& judged : record.judgements) {
            if (judged.met || (judged.about == concern::exit) != of_exit) continue;
            if (of_exit)
                return fmt::format("{}: {}; expected: {}",
                                   judged.what.substr(0, judged.what.find(' ')), judged.detail,
                                   judged.what);
            return fmt::format("expected: {}; {}", judged.what, judged.detail);
        }
    return {};
}

std::string names_of(const std::vector<network_kind>& networks)
{
    std::vector<std::string_view> names;
    for (const network_kind one : networks) names.push_back(to_string(one));
    return fmt::format("{}", fmt::join(names, " and "));
}

void decide_verdict(run_record& record)
{
    if (!record.trouble.empty()) {
        record.verdict = verdict::error;
        record.message = record.trouble;
        return;
    }
    for (const std::string& untrue :
         {record.beyond_virtual, beyond_limits(record), lost_by_kernel(record)}) {
        if (untrue.empty()) continue;
        record.verdict = verdict::inconclusive;
        record.message += (record.message.empty() ? "" : "; ") + untrue;
        return;
    }
    bool failed = false;
    bool perhaps_failed = false;
    for (const auto& judged : record.judgements)
        if (!judged.met) (machine_may_have_missed(record, judged) ? perhaps_failed : failed) = true;
    if (record.message.empty() && !failed && !perhaps_failed) {
        record.verdict = verdict::pass;
        return;
    }
    const bool troubled = !record.message.empty();
    if (!troubled) record.message = what_went_wrong(record);
    // A run that was cut off by its time limit fails in other ways, too.
    if (machine_may_have_stalled(record) || (!troubled && !failed)) {
        record.verdict = verdict::inconclusive;
        record.message += "; " + what_machine_added(record);
        return;
    }
    record.verdict = verdict::fail;
    const auto& meant = record.what->networks;
    if (std::ranges::find(meant, record.network) == meant.end())
        record.message += fmt::format("; the scenario is not meant for the network {}, but for {}",
                                      to_string(record.network), names_of(meant));
}

// Notes what did nothing. Where the run is strict, it is then no pass.
void doubt_pass(run_record& record)
{
    record.vacuous = vacuous(record);
    if (record.vacuous.empty() || !record.strict) return;
    record.message =
        fmt::format("strict: a pass proves nothing of {}", fmt::join(record.vacuous, "; "));
    record.verdict = verdict::fail;
}

// What is known of the run already is worth more than its trace.
void keep_trace(const run_trace& trace, run_record& record, const std::filesystem::path& folder,
                const std::string& name)
{
    record.folder = name;
    try {
        net::disk_files(folder).write(
            "trace.json",
            trace.written(record).dump(-1, ' ', false, json::error_handler_t::replace));
    } catch (const net::failure& error) {
        if (record.verdict == verdict::pass || record.message.empty()) throw;
        record.notes.emplace_back(error.what());
    }
}

// Badwire's programs in virtual time make a folder when they write into it: most short runs need none.
bool needs_folder(const planned_run& run)
{
    const bool captures = run.what->capture && run.watcher == nullptr;
    const auto is_command = [](const process_spec& one) { return one.program.empty(); };
    if (std::ranges::any_of(run.what->processes, is_command)) return true;
    return run.network != network_kind::virtual_time || !run.what->files.empty() || captures;
}

// A wanted precision needs an interval, and that some repetitions.
std::uint64_t repetitions_at_first(const scenario& what)
{
    constexpr std::uint64_t for_an_interval = 10;
    const bool precise = std::ranges::any_of(
        what.theory, [](const theory_spec& one) { return one.precision.has_value(); });
    return std::max(what.repeat, precise ? for_an_interval : 1);
}

std::string folder_name(std::size_t number, const planned_run& run)
{
    return fmt::format("{:04}-{}-{}", number, std::filesystem::path(run.what->file).stem().string(),
                       to_string(run.network));
}

std::string utc_now()
{
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

} // namespace

std::vector<planned_run> plan(const std::vector<scenario>& scenarios, const runner_options& options)
{
    std::vector<planned_run> runs;
    check_selection(scenarios, options.only);
    for (const scenario& what : scenarios) {
        if (!is_selected(what, options.only)) continue;
        check_networks(what, options.networks);
        for (const network_kind network : networks_of(what, options.networks)) {
            const std::uint64_t repeat = options.repeat.value_or(repetitions_at_first(what));
            for (std::uint64_t i = 0; i < repeat; ++i)
                runs.push_back({&what, network, options.seed.value_or(what.seed) + i, i, "",
                                nullptr, options.interleaving});
        }
    }
    for (std::size_t i = 0; i < runs.size(); ++i) runs[i].folder_name = folder_name(i + 1, runs[i]);
    return runs;
}

std::vector<planned_run> plan_more(std::span<const run_record> made, const runner_options& options)
{
    constexpr std::uint64_t repetitions_max = 10'000;
    std::map<std::pair<const scenario*, network_kind>, std::uint64_t> wanted;
    if (options.repeat || (options.cancelled && *options.cancelled)) return {};
    for (const agreement& one : agreements(made)) {
        if (!one.theory->precision || one.waiting.mean <= 0 || std::isinf(one.waiting.half_width))
            continue;
        const double share = one.waiting.half_width / one.waiting.mean / *one.theory->precision;
        if (share <= 1) continue;
        // The width falls with the root of the number; not too far at once, for it is an estimate.
        const double needed =
            std::ceil(static_cast<double>(one.runs) * std::min(4.0, share * share * 1.05));
        auto& most = wanted[{one.what, one.network}];
        most = std::max(most, std::clamp(static_cast<std::uint64_t>(needed), one.runs + 1,
                                         std::max(one.runs, repetitions_max)));
    }
    std::map<std::pair<const scenario*, network_kind>, std::uint64_t> so_far;
    for (const run_record& run : made) ++so_far[{run.what, run.network}];
    std::vector<planned_run> runs;
    for (const auto& [key, count] : wanted)
        for (std::uint64_t i = so_far[key]; i < count; ++i) {
            runs.push_back({key.first, key.second, options.seed.value_or(key.first->seed) + i, i,
                            "", nullptr, options.interleaving});
            runs.back().folder_name = folder_name(made.size() + runs.size(), runs.back());
        }
    return runs;
}

runner::runner(runner_options options) : options_(std::move(options)), scratch_(options_.in_memory)
{
    if (options_.owns_children) adopt_orphans();
}

std::vector<run_record> runner::run_all(const std::vector<planned_run>& runs,
                                        const progress_watcher& watcher)
{
    std::vector<std::optional<run_record>> records(runs.size());
    std::atomic<std::size_t> next{0};
    std::mutex telling;
    std::atomic<bool> stopped{false};
    const auto work = [&] {
        for (std::size_t i = 0; (i = next++) < runs.size();) {
            if ((options_.cancelled && *options_.cancelled) || stopped) return;
            {
                const std::lock_guard lock(telling);
                if (watcher) watcher(runs[i], nullptr);
            }
            records[i] = run_one(runs[i]);
            const verdict which = records[i]->verdict;
            if (options_.fail_fast && (which == verdict::fail || which == verdict::error))
                stopped = true;
            const std::lock_guard lock(telling);
            if (watcher) watcher(runs[i], &*records[i]);
        }
    };
    const std::size_t threads =
        std::clamp<std::size_t>(options_.jobs, 1, std::max<std::size_t>(1, runs.size()));
    std::vector<std::thread> helpers;
    for (std::size_t i = 1; i < threads; ++i) helpers.emplace_back(work);
    work();
    for (auto& helper : helpers) helper.join();

    std::vector<run_record> made;
    for (auto& record : records)
        if (record) made.push_back(std::move(*record));
    return made;
}

run_record runner::run_one(const planned_run& what)
{
    const auto begin = std::chrono::steady_clock::now();
    run_record record;
    record.what = what.what;
    record.network = what.network;
    record.seed = what.seed;
    record.interleaving = what.interleaving.value_or(what.what->interleaving);
    record.repeat = what.repeat;
    record.strict = options_.strict;
    const bool keep = !options_.out.empty();
    const auto folder = keep ? std::filesystem::absolute(options_.out) / "runs" / what.folder_name
                             : scratch_.path() / what.folder_name;
    {
        const std::lock_guard lock(going_on_);
        ++active_;
    }
    try {
        if (keep) std::filesystem::remove_all(folder); // of an earlier harness
        if (keep || needs_folder(what)) std::filesystem::create_directories(folder);
        perform(record, what, folder);
    } catch (const std::exception& error) {
        record.verdict = verdict::error;
        record.message = error.what();
    }
    leave();
    if (record.waiting.size() > waiting_times_max) {
        if (keep) net::disk_files(folder).write("waiting.csv", waiting_csv(record));
        record.waiting_left_out = record.waiting.size();
        record.waiting = {};
    }
    std::error_code ignored;
    if (!keep) std::filesystem::remove_all(folder, ignored);
    record.wall = std::chrono::steady_clock::now() - begin;
    return record;
}

// The last run that goes on kills what all have left behind.
void runner::leave()
{
    const std::lock_guard lock(going_on_);
    if (--active_ > 0 || !options_.owns_children || guard_pid_ == 0) return;
    kill_children(guard_pid_, std::chrono::seconds(2));
}

void runner::perform(run_record& record, const planned_run& planned,
                     const std::filesystem::path& folder)
{
    stage_options options;
    options.what = record.what;
    options.network = record.network;
    options.seed = record.seed;
    options.interleaving = record.interleaving;
    options.folder = folder;
    options.capture = record.what->capture && planned.watcher == nullptr;
    options.watcher = planned.watcher;
    options.onlooker = planned.onlooker;
    options.cancelled = options_.cancelled;
    const bool real = record.network != network_kind::virtual_time;
    if (real) {
        std::call_once(guard_started_, [this] {
            guard_ = std::make_unique<guard>(scratch_.path());
            guard_pid_ = guard_->pid();
        });
        options.mark = fmt::format("{}.{}", guard_->token(), next_mark_++);
    }
    make_files(*record.what, record.seed, folder);
    std::optional<run_trace> trace;
    if (!options_.out.empty()) options.trace = &trace.emplace();
    const auto where = make_stage(options);
    director(*where, record, folder, planned.onlooker).perform();
    summarize_load(record);
    if (options_.cancelled && *options_.cancelled) {
        record.verdict = verdict::error;
        record.message = "cancelled";
        record.cancelled = true;
        return;
    }
    record.judgements = judge(record, folder);
    decide_verdict(record);
    if (record.verdict == verdict::pass) doubt_pass(record);
    if (trace) keep_trace(*trace, record, folder, "runs/" + planned.folder_name);
}

json results_json(const std::vector<run_record>& runs, duration wall)
{
    json entries = json::array();
    for (const run_record& run : runs) entries.push_back(to_json(run));
    json results = results_json(std::move(entries), wall);
    for (const agreement& one : agreements(runs)) results["theory"].push_back(to_json(one));
    return results;
}

json results_json(json entries, duration wall)
{
    json summary = {{"pass", 0}, {"fail", 0}, {"inconclusive", 0}, {"error", 0}};
    for (const json& run : entries) {
        auto& count = summary[run.at("verdict").get<std::string>()];
        count = count.get<int>() + 1;
    }
    return {{"version", 1},
            {"badwire", version},
            {"started", utc_now()},
            {"wall_ms", std::chrono::duration<double, std::milli>(wall).count()},
            {"summary", std::move(summary)},
            {"runs", std::move(entries)}};
}

} // namespace badwire::harness
