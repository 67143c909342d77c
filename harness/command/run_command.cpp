#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>
#include <set>

#include <poll.h>
#include <unistd.h>

#include "harness/command/commands.hpp"
#include "harness/command/compared_networks.hpp"
#include "harness/command/experiments.hpp"
#include "harness/command/interrupts.hpp"
#include "harness/command/ladder.hpp"
#include "harness/command/live_events.hpp"
#include "harness/command/live_server.hpp"
#include "harness/command/progress.hpp"
#include "harness/command/relay_arguments.hpp"
#include "harness/command/terminal.hpp"
#include "harness/command/verified_runs.hpp"
#include "harness/judge/agreement.hpp"
#include "harness/run/output.hpp"
#include "harness/run/runner.hpp"
#include "harness/scenario/files.hpp"
#include "impl/base/units.hpp"
#include "impl/real/disk_files.hpp"
#include "reports/report.hpp"

namespace badwire::harness {
namespace {

struct run_options {
    std::vector<std::string> scenarios;
    std::vector<network_kind> networks;
    std::string out;
    std::string tag;
    std::optional<std::uint64_t> seed;
    std::optional<std::uint64_t> interleaving;
    std::optional<std::uint64_t> repeat;
    unsigned jobs = 1;
    bool strict = false;
    unsigned tolerance_percent = 20;
    bool trace_human = false;
    bool verify = false;
    bool fail_fast = false;
    std::string markdown, csv; // files
    std::string serve;         // ADDRESS:PORT of the live page
    std::optional<duration> serve_for;
    progress_options told;
    selection only;
};

int worst(const std::vector<run_record>& records, const std::vector<agreement>& theories)
{
    const auto any_theory = [&](agreement_verdict which) {
        return std::ranges::any_of(theories,
                                   [&](const agreement& one) { return one.verdict == which; });
    };
    const auto any = [&](verdict which) {
        return std::any_of(records.begin(), records.end(),
                           [&](const auto& run) { return run.verdict == which; });
    };
    if (any(verdict::error)) return exit_harness;
    if (any(verdict::fail) || any_theory(agreement_verdict::differs)) return exit_failed;
    const bool unsure = any(verdict::inconclusive) || any_theory(agreement_verdict::inconclusive);
    return unsure ? exit_inconclusive : exit_passed;
}

// Whether every scenario can run where it is to run. Prints on standard error why not.
bool print_mistakes(const std::vector<scenario>& scenarios,
                    const std::vector<network_kind>& networks)
{
    std::set<std::string> told; // combinations of a matrix have the same ones
    for (const scenario& one : scenarios) {
        try {
            check_networks(one, networks);
        } catch (const mistake& wrong) {
            const std::string lines = in_file(one.file, wrong);
            if (told.insert(lines).second) complain("{}\n", lines);
        }
    }
    return told.empty();
}

runner_options options_of(const run_options& asked)
{
    runner_options options;
    options.networks = asked.networks;
    options.seed = asked.seed;
    options.interleaving = asked.interleaving;
    options.repeat = asked.repeat;
    options.jobs = asked.jobs;
    options.strict = asked.strict;
    options.fail_fast = asked.fail_fast;
    options.only = asked.only;
    options.out = asked.out;
    options.cancelled = &cancel_on_signals();
    options.owns_children = true;
    return options;
}

// What is to be run. Prints on standard error why there is nothing.
std::vector<planned_run> planned(const std::vector<scenario>& scenarios, const run_options& asked,
                                 const runner_options& options)
{
    if (!print_mistakes(scenarios, options.networks)) return {};
    try {
        auto runs = plan(scenarios, options);
        if (runs.empty())
            complain("badwire run: no scenario{} there{}\n",
                     asked.tag.empty() ? "" : (" with the tag " + asked.tag),
                     asked.tag.empty() ? " (slow ones run when named, or with --tag slow)" : "");
        return runs;
    } catch (const mistake& wrong) {
        complain("badwire run: {}\n", wrong.what());
        return {};
    }
}

// What was made of the runs that were planned, and what was not.
struct made_runs {
    std::vector<planned_run> planned, not_run;
    std::vector<run_record> records; // of those that ended by themselves
    duration took{0};

    bool all() const { return not_run.empty(); }
    bool any_failed() const
    {
        return std::ranges::any_of(records, [](const run_record& run) {
            return run.verdict == verdict::fail || run.verdict == verdict::error;
        });
    }
};

// All who are told of the runs.
struct audience {
    progress& shown;
    output_folder* out;
    live_runs* live;

    void began(const planned_run& run) const
    {
        shown.began(run);
        if (live) live->begin(run);
    }
};

void make_runs(std::vector<planned_run> runs, const runner_options& options, bool with_ladders,
               const audience& tell, made_runs& into)
{
    std::vector<packet_recorder> recorders(with_ladders ? runs.size() : 0);
    for (std::size_t i = 0; i < recorders.size(); ++i) runs[i].watcher = &recorders[i];
    for (planned_run& one : runs) one.onlooker = tell.live;
    tell.shown.expect(runs);
    std::vector<bool> over(runs.size());
    runner all(options);
    auto records = all.run_all(runs, [&](const planned_run& which, const run_record* ended) {
        if (!ended) return tell.began(which);
        if (ended->cancelled) return;
        const auto place = static_cast<std::size_t>(&which - runs.data());
        over[place] = true;
        tell.shown.ended(which, *ended);
        if (with_ladders) say("{}", ladder(recorders.at(place).packets(), *which.what));
        if (tell.out) tell.out->ended(*ended);
    });
    std::erase_if(records, [](const run_record& run) { return run.cancelled; });
    std::ranges::move(records, std::back_inserter(into.records));
    for (std::size_t i = 0; i < runs.size(); ++i) {
        runs[i].watcher = nullptr;
        runs[i].onlooker = nullptr;
        (over[i] ? into.planned : into.not_run).push_back(std::move(runs[i]));
    }
}

// Prints on standard error why not.
bool may_verify(const std::vector<planned_run>& runs, const run_options& asked)
{
    if (asked.trace_human) {
        complain("badwire run: --verify does not go with --trace-human; ask for one of them\n");
        return false;
    }
    const bool all = std::ranges::all_of(
        runs, [](const auto& one) { return one.network == network_kind::virtual_time; });
    if (!all)
        complain("badwire run: --verify: only in virtual time two runs are the same to the last "
                 "byte; add --network virtual\n");
    return all;
}

made_runs make_all(std::vector<planned_run> runs, const run_options& asked,
                   const runner_options& options, const audience& tell)
{
    const auto begin = std::chrono::steady_clock::now();
    made_runs made;
    while (!runs.empty()) {
        make_runs(std::move(runs), options, asked.trace_human, tell, made);
        if (!made.all() || (asked.fail_fast && made.any_failed())) break;
        runs = plan_more(made.records, options);
    }
    made.took = std::chrono::steady_clock::now() - begin;
    if (tell.live) tell.live->end(made.records.empty() ? nullptr : &made.records.back());
    return made;
}

void note_not_run(const outcome& all, json& results)
{
    if (all.not_run.empty()) return;
    results["interrupted"] = true;
    results["planned"] = all.runs.size() + all.not_run.size();
    results["why_not_run"] = all.why_not;
    for (const planned_run* const one : all.not_run)
        results["not_run"].push_back({{"scenario", one->what->file},
                                      {"network", to_string(one->network)},
                                      {"seed", one->seed},
                                      {"repeat", one->repeat},
                                      {"matrix", one->what->matrix}});
}

void write_outputs(json results, const run_options& asked, progress& shown, output_folder* out)
{
    // What processes printed may not be UTF-8; JSON must be.
    const json clean = json::parse(results.dump(-1, ' ', false, json::error_handler_t::replace));
    shown.results(clean);
    if (!asked.markdown.empty())
        net::disk_files(".").write(asked.markdown, reports::markdown_report(clean));
    if (!asked.csv.empty()) net::disk_files(".").write(asked.csv, reports::csv_report(clean));
    if (!out) return;
    out->finish(std::move(results));
    if (!asked.told.quiet)
        say("report: {}\n", (std::filesystem::path(asked.out) / "report.html").string());
}

// Tells what it all came to, and returns the exit code.
int conclude(made_runs made, const run_options& asked, const runner_options& options,
             const audience& tell)
{
    const auto theories = agreements(made.records);
    outcome all{.runs = made.records, .theories = theories, .wall = made.took};
    for (const planned_run& one : made.not_run) all.not_run.push_back(&one);
    if (!made.all())
        all.why_not = exit_code_of_signal() ? "interrupted" : "stopped after the first failure";
    tell.shown.summary(all);
    json compared;
    int code = worst(made.records, theories);
    if (asked.networks.size() > 1 && made.all()) {
        const int found = compare_networks(made.planned, made.records, options.out,
                                           {.share = asked.tolerance_percent / 100.0}, compared);
        if (code == exit_passed || (code == exit_inconclusive && found == exit_failed))
            code = found;
    }
    json results = results_json(made.records, all.wall);
    if (asked.verify && made.all()) {
        const auto again = [&] { return runner(options).run_all(made.planned, {}); };
        const bool same =
            verify_runs(made.planned, made.records, options.out, again, results["runs"]);
        if (!same && (code == exit_passed || code == exit_inconclusive)) code = exit_failed;
    }
    if (!compared.is_null()) results["comparisons"] = std::move(compared);
    note_not_run(all, results);
    write_outputs(std::move(results), asked, tell.shown, tell.out);
    return exit_code_of_signal().value_or(code);
}

std::unique_ptr<live_server> start_page(const run_options& asked)
{
    if (asked.serve.empty()) return nullptr;
    auto page =
        std::make_unique<live_server>(parse_server("--serve", asked.serve), "badwire run", nullptr);
    say("live on {}\n", page->url());
    std::fflush(people());
    return page;
}

// The page can be looked at for a while after the last run: on a terminal until Ctrl+C.
void stay(const run_options& asked, const live_server& page)
{
    const bool for_ever = !asked.serve_for && isatty(STDOUT_FILENO) == 1;
    if (!for_ever && !asked.serve_for) return;
    const auto until = std::chrono::steady_clock::now() + asked.serve_for.value_or(duration(0));
    say("the page stays at {}; Ctrl+C ends it\n", page.url());
    std::fflush(people());
    constexpr int look_again_ms = 200;
    while (!exit_code_of_signal() && (for_ever || std::chrono::steady_clock::now() < until))
        ::poll(nullptr, 0, look_again_ms); // a signal ends it
}

int run(const run_options& asked)
{
    const auto scenarios = load_scenarios(asked.scenarios, asked.tag);
    if (!scenarios) return exit_usage;
    runner_options options = options_of(asked);
    std::vector<planned_run> runs = planned(*scenarios, asked, options);
    if (runs.empty()) return exit_usage;
    std::optional<output_folder> out;
    if (!asked.out.empty()) out.emplace(asked.out, runs.size());
    if (asked.verify && !may_verify(runs, asked)) return exit_usage;
    // What is to be compared must be kept.
    std::optional<temporary_folder> kept;
    if ((asked.networks.size() > 1 || asked.verify) && asked.out.empty())
        options.out = kept.emplace().path();
    const auto shown = make_progress(asked.told);
    const auto page = start_page(asked);
    std::optional<live_runs> live;
    if (page) live.emplace(page->feed());
    const audience tell{*shown, out ? &*out : nullptr, live ? &*live : nullptr};
    const int code =
        conclude(make_all(std::move(runs), asked, options, tell), asked, options, tell);
    if (page) stay(asked, *page);
    return code;
}

void describe_what_is_told(command_line& command, const std::shared_ptr<run_options>& asked)
{
    command.flag("--fail-fast", asked->fail_fast,
                 "Begin no further run once one has failed, and say which were not made");
    describe(command, asked->told);
    command
        .text("--markdown", asked->markdown,
              "Write a summary for a pull request into this file, as Markdown")
        .takes("FILE");
    command
        .text(
            "--csv", asked->csv,
            "Write a row for each run into this file: its place in the matrix, its verdict, every "
            "measured number")
        .takes("FILE");
    command
        .text("--serve", asked->serve,
              "Serve a page there that shows the packets while they pass, for a browser; one run "
              "at a time. On a terminal it stays until Ctrl+C")
        .takes("ADDRESS:PORT");
    command
        .read("--serve-for", "Keep that page for so long after the last run",
              [asked](const std::string& given) {
                  asked->serve_for = parse_duration(given);
                  return asked->serve_for ? "" : command_line::expected(duration_format, given);
              })
        .takes("DURATION");
}

} // namespace

void add_run_command(command_line& badwire)
{
    auto asked = std::make_shared<run_options>();
    command_line& command = badwire.command("run", "Run scenarios and judge them");
    command.texts("SCENARIO", asked->scenarios, "Scenario files, or folders of them").required();
    command
        .read("--network",
              "direct (loopback, nothing between), relay (real processes, a relay between), hosts "
              "(real processes, each on a host of its own) or virtual (virtual time); default: "
              "what the scenario says. Several, such as relay,virtual, or all: on each, and their "
              "runs are compared",
              [asked](const std::string& given) {
                  std::string wrong;
                  asked->networks = parse_networks(given, wrong);
                  return wrong;
              })
        .takes("direct|relay|hosts|virtual,…");
    command.number(
        "--tolerance", asked->tolerance_percent, 0, 100,
        "How many percent times and message counts of two networks may be apart, beside 250 ms "
        "and 5 messages");
    command.number("--seed", asked->seed, 0, UINT64_MAX,
                   "Seed of every random decision; default: what the scenario says, or 1");
    command.number(
        "--interleaving", asked->interleaving, 0, UINT64_MAX,
        "In virtual time: another order of what can happen at one instant; 0: the plain one");
    command.number("--repeat", asked->repeat, 1, 1'000'000,
                   "Run each so many times, with seed, seed+1, …");
    command.number("--jobs", asked->jobs, 1, 1024, "How many runs at a time");
    command
        .text("--out", asked->out,
              "Write results.json, junit.xml, report.html and each run's logs into this folder")
        .takes("DIR");
    describe_selection(command, asked->only);
    command.flag("--strict", asked->strict,
                 "A pass in which something that was asked of a link did nothing is a failure");
    command.flag("--trace-human", asked->trace_human,
                 "Print every packet that goes over a link: who sent what when, and its fate");
    command.flag("--verify", asked->verify,
                 "In virtual time: make every run twice; whatever differs is told and fails");
    command.text("--tag", asked->tag, "Only scenarios with this tag");
    describe_what_is_told(command, asked);
    command.explain(
        "Exit codes: 0 all passed, 1 a scenario failed, 2 bad usage or an invalid scenario,\n"
        "3 the worst was inconclusive, 4 the harness itself failed, 130 interrupted.");
    command.does([asked, &command] {
        if (!asked->serve.empty() && asked->jobs > 1)
            command.reject("--serve shows one run at a time; it does not go with --jobs above 1");
        if (asked->serve.empty() && asked->serve_for) command.reject("--serve-for needs --serve");
        try {
            return run(*asked);
        } catch (const bad_value& error) {
            command.reject(error.what());
        }
    });
}

} // namespace badwire::harness
