#include "harness/grade/rule_runs.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "harness/judge/story.hpp"
#include "harness/lab/certify.hpp"
#include "harness/run/runner.hpp"
#include "impl/base/text_file.hpp"
#include "impl/base/units.hpp"
#include "impl/net/network.hpp"

namespace badwire::harness {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t reasons_max = 5;

// ---- what is needed is copied while it can be seen

// Every text in the scenario that names a file beside it: what it refers to, whatever for.
void copy_named_files(const scenario& what, const json& in, const fs::path& to)
{
    if (in.is_string()) {
        const auto& name = in.get_ref<const std::string&>();
        if (const auto file = what.file_beside(name); file && !fs::exists(to / name)) {
            fs::create_directories((to / name).parent_path());
            fs::copy_file(*file, to / name);
        }
    } else if (in.is_structured()) {
        for (const json& inner : in) copy_named_files(what, inner, to);
    }
}

fs::path scenario_folder(const fs::path& folder, std::size_t rule)
{
    return folder / "scenarios" / std::to_string(rule);
}

fs::path folder_of(const fs::path& folder, std::size_t submission)
{
    return folder / fmt::format("submission-{}", submission + 1);
}

void copy_all(const rubric& by, const assignment& work, const fs::path& folder)
{
    for (std::size_t i = 0; i < work.folders.size(); ++i)
        copy_folder(work.folders[i], folder_of(folder, i));
    if (!by.reference.folder.empty()) copy_folder(by.reference.folder, folder / "reference");
    for (const std::size_t rule : work.rules) {
        fs::create_directories(scenario_folder(folder, rule));
        for (const scenario& what : by.rules.at(rule).scenarios)
            copy_named_files(what, what.asked, scenario_folder(folder, rule));
    }
}

// ---- runs

// Sets a flag when so much real time is over, unless it is gone before.
class time_limited {
public:
    time_limited(std::atomic<bool>& flag, duration limit)
        : flag_(flag), waits_([this, limit] {
              std::unique_lock lock(mutex_);
              if (!ended_.wait_for(lock, limit, [this] { return done_; })) flag_ = true;
          })
    {
    }
    ~time_limited()
    {
        {
            const std::lock_guard lock(mutex_);
            done_ = true;
        }
        ended_.notify_one();
        waits_.join();
    }
    time_limited(const time_limited&) = delete;
    time_limited& operator=(const time_limited&) = delete;

private:
    std::atomic<bool>& flag_;
    std::mutex mutex_;
    std::condition_variable ended_;
    bool done_ = false;
    std::thread waits_;
};

class rule_runner {
public:
    rule_runner(const rubric& by, const assignment& work, const fs::path& folder, int output)
        : rubric_(by), work_(work), folder_(folder), output_(output)
    {
    }

    void run_all()
    {
        const std::string failure = build_all();
        if (!failure.empty()) write({{"build_failure", failure}});
        for (const std::size_t rule : work_.rules) {
            rule_outcome made;
            made.runs = runs_of(rubric_.rules[rule], work_.meets());
            made.not_built = !failure.empty();
            if (failure.empty()) run_rule(rule, made);
            write({{"rule", rule},
                   {"runs", made.runs},
                   {"passed", made.passed},
                   {"unsupported", made.unsupported},
                   {"not_built", made.not_built},
                   {"error", made.error},
                   {"reasons", made.reasons},
                   {"entries", made.entries}});
        }
    }

private:
    std::string build_all()
    {
        for (std::size_t i = 0; i < work_.folders.size(); ++i)
            if (std::string why = build(rubric_.submission, folder_of(folder_, i)); !why.empty())
                return why;
        const std::string why = build(rubric_.reference, folder_ / "reference");
        if (!why.empty()) throw net::failure("the reference could not be built: " + why);
        return {};
    }

    // The scenario as it is run. Nothing: see `made`.
    std::optional<scenario> seated(std::size_t rule, const scenario& what, rule_outcome& made) const
    {
        const player first{&rubric_.submission, folder_of(folder_, 0)};
        const player reference{&rubric_.reference, folder_ / "reference"};
        std::map<std::string, player> players;
        if (work_.meets()) {
            players = two_sides(what, first, {&rubric_.submission, folder_of(folder_, 1)});
        } else {
            for (const auto& [name, process] : what.asked.at("processes").items())
                if (is_role(process)) players.emplace(name, reference);
            for (const auto& name : filled_processes(rubric_.rules[rule], what))
                players.insert_or_assign(name, first);
        }
        scenario there = what;
        there.file = scenario_folder(folder_, rule) / fs::path(what.file).filename();
        std::string lacks;
        auto filled = with_players(there, players, lacks);
        if (filled) {
            check_networks(*filled, {network_of(rubric_.rules[rule])});
            return filled;
        }
        made.unsupported = true;
        note(made, lacks);
        return {};
    }

    network_kind network_of(const grading_rule& rule) const
    {
        return rule.certificate ? network_kind::virtual_time : rubric_.network;
    }

    void run_rule(std::size_t index, rule_outcome& made)
    {
        const grading_rule& rule = rubric_.rules[index];
        stop_ = false;
        const time_limited limit(stop_, rubric_.limits.rule_time);
        try {
            for (const scenario& what : rule.scenarios) {
                const auto filled = seated(index, what, made);
                if (!filled) continue;
                if (rule.certificate && !work_.meets()) certify_one(rule, *filled, made);
                else run_seeds(rule, *filled, what.file, made);
                if (stop_) break;
            }
        } catch (const mistake& wrong) {
            made.error = in_file("the scenario as it is run", wrong);
        } catch (const std::exception& error) {
            made.error = error.what();
        }
        if (stop_)
            note(made, fmt::format("the runs of this rule took longer than {} of real time",
                                   format_duration(rubric_.limits.rule_time)));
    }

    void run_seeds(const grading_rule& rule, const scenario& what, const std::string& file,
                   rule_outcome& made)
    {
        const bool hidden = rule.seeds > 0 && !work_.meets();
        std::vector<std::uint64_t> seeds;
        if (hidden) seeds = hidden_seeds(rubric_, rule);
        else
            for (std::uint64_t i = 0; i < (work_.meets() ? 1 : what.repeat); ++i)
                seeds.push_back(what.seed + i);
        // Always in the same place: what programs see of it is the same in each run.
        const fs::path out = folder_ / "out";
        runner runs({.out = out,
                     .cancelled = &stop_,
                     .owns_children = rubric_.network != network_kind::virtual_time});
        for (std::size_t i = 0; i < seeds.size() && !stop_; ++i) {
            const run_record run = runs.run_one({.what = &what,
                                                 .network = network_of(rule),
                                                 .seed = seeds[i],
                                                 .repeat = i,
                                                 .folder_name = "run"});
            if (run.verdict == verdict::pass) ++made.passed;
            else if (!stop_) note_failure(run, made, hidden);
            json entry = entry_of(run, out);
            entry["scenario"] = file;
            if (hidden)
                make_short(entry, run.verdict == verdict::pass || ++failures_shown_[&rule] > 3);
            made.entries.push_back(std::move(entry));
            std::error_code ignored;
            fs::remove_all(out, ignored);
        }
    }

    // With its packets, where it did not pass.
    static json entry_of(const run_record& run, const fs::path& out)
    {
        constexpr std::size_t trace_bytes_max = 2 << 20;
        json entry = to_json(run);
        for (const char* key : {"folder", "replay"}) entry.erase(key); // are here alone
        try {
            if (run.verdict != verdict::pass)
                entry["trace"] =
                    read_regular_file(out / run.folder / "trace.json", trace_bytes_max);
        } catch (const unreadable&) { // too many packets, or no room: it does without
        }
        return entry;
    }

    // A worker hands over only as much as somebody may look at.
    static void make_short(json& entry, bool very)
    {
        entry.erase("trace");
        if (very)
            for (const char* key :
                 {"processes", "links", "waiting", "asked", "expectations", "story"})
                entry.erase(key);
    }

    // Of hidden seeds only what the scenario itself says is told, and nothing that a program said.
    static void note_failure(const run_record& run, rule_outcome& made, bool hidden)
    {
        for (const process_record& one : run.processes)
            if (one.exit == exit_unsupported) {
                made.unsupported = true;
                return note(made, fmt::format("{} says that it does not support this", one.name));
            }
        const std::string kind = failure_kind(run);
        if (hidden) return note(made, kind == run.message ? "a run ended before its time" : kind);
        const auto story = story_of(run);
        note(made, story ? story->headline : kind);
    }

    void certify_one(const grading_rule& rule, const scenario& what, rule_outcome& made) const
    {
        const certificate_asked& asked = *rule.certificate;
        const certify_options options{.actions = parse_actions(asked.faults),
                                      .at_most = asked.at_most,
                                      .first = asked.first,
                                      .seed = what.seed,
                                      .cancelled = &stop_};
        certificate found;
        try {
            found = certify(what, options);
        } catch (const net::failure&) {
            laboratory lab(&stop_);
            const run_record clean = lab.run(without_chance(what, 0.5), what.seed);
            if (clean.verdict != verdict::pass) note(made, "already without any fault it fails");
            if (clean.verdict != verdict::pass) return note_failure(clean, made, false);
            return note(made, "no datagram goes over a link");
        }
        for (const json& one : found.not_expected)
            note(made, "already without any fault it does not meet " + one.dump());
        if (!found.counterexample.empty()) {
            std::string faults;
            for (const fault& one : found.counterexample)
                faults += (faults.empty() ? "" : "; ") + one.told;
            note(made, fmt::format("with these faults it fails: {} ({})", faults, found.kind));
        }
        if (made.reasons.empty() && found.complete && !stop_) ++made.passed;
    }

    static void note(rule_outcome& made, const std::string& reason)
    {
        constexpr std::size_t longest = 500;
        const std::string text = reason.substr(0, longest);
        if (made.reasons.size() < reasons_max &&
            std::ranges::find(made.reasons, text) == made.reasons.end())
            made.reasons.push_back(text);
    }

    void write(const json& line) const
    {
        const std::string text = line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
        for (std::string_view left = text; !left.empty();) {
            const ssize_t written = ::write(output_, left.data(), left.size());
            if (written < 0 && errno != EINTR) throw std::runtime_error("nobody reads");
            if (written > 0) left.remove_prefix(static_cast<std::size_t>(written));
        }
    }

    const rubric& rubric_;
    const assignment& work_;
    fs::path folder_;
    int output_;
    std::atomic<bool> stop_{false};
    std::map<const grading_rule*, std::size_t> failures_shown_;
};

} // namespace

worker_task task_of(const rubric& by, const assignment& work)
{
    return {[&by, &work](const fs::path& folder) { copy_all(by, work, folder); },
            [&by, &work](const fs::path& folder, int output) {
                rule_runner(by, work, folder, output).run_all();
            }};
}

worker_line read_line(std::string_view line, const rubric& by, const assignment& work)
{
    if (line.starts_with('!')) throw std::runtime_error(std::string(line.substr(1)));
    const json told = json::parse(line);
    worker_line made;
    if (told.contains("build_failure")) {
        made.build_failure = told.at("build_failure").get<std::string>();
        return made;
    }
    made.rule = told.at("rule").get<std::size_t>();
    if (made.rule >= by.rules.size()) throw std::runtime_error("a worker tells of no such rule");
    rule_outcome& outcome = made.outcome;
    outcome.runs = runs_of(by.rules[made.rule], work.meets());
    outcome.passed = told.at("passed").get<std::uint64_t>();
    if (outcome.passed > outcome.runs) throw std::runtime_error("a worker tells of too many runs");
    outcome.unsupported = told.at("unsupported").get<bool>();
    outcome.not_built = told.at("not_built").get<bool>();
    outcome.error = told.at("error").get<std::string>();
    outcome.reasons = told.at("reasons").get<std::vector<std::string>>();
    outcome.entries = told.at("entries");
    if (!outcome.entries.is_array()) throw std::runtime_error("a worker tells of no runs");
    return made;
}

std::uint64_t runs_of(const grading_rule& rule, bool meets)
{
    std::uint64_t runs = 0;
    for (const scenario& what : rule.scenarios)
        runs += meets || rule.certificate ? 1 : rule.seeds > 0 ? rule.seeds : what.repeat;
    return runs;
}

bool has_two_sides(const scenario& what) { return two_sides(what, {}, {}).size() > 1; }

std::map<std::string, player> two_sides(const scenario& what, const player& client,
                                        const player& server)
{
    std::map<std::string, player> players;
    std::string first;
    bool any_goes = false;
    for (const auto& [name, process] : what.asked.at("processes").items()) {
        if (!is_role(process)) continue;
        const bool goes = process.contains("to");
        any_goes |= goes;
        if (first.empty()) first = name;
        players.emplace(name, goes ? client : server);
    }
    if (!any_goes && !first.empty()) players.insert_or_assign(first, client);
    return players;
}

} // namespace badwire::harness
