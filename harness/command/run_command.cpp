#include <algorithm>
#include <cstdio>
#include <iterator>
#include <set>

#include "harness/command/commands.hpp"
#include "harness/command/compared_networks.hpp"
#include "harness/command/experiments.hpp"
#include "harness/command/interrupts.hpp"
#include "harness/command/ladder.hpp"
#include "harness/command/progress.hpp"
#include "harness/command/terminal.hpp"
#include "harness/command/verified_runs.hpp"
#include "harness/judge/agreement.hpp"
#include "harness/run/output.hpp"
#include "harness/run/runner.hpp"
#include "harness/scenario/files.hpp"
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

void make_runs(std::vector<planned_run> runs, const runner_options& options, bool with_ladders,
               progress& shown, output_folder* out, made_runs& into)
{
    std::vector<packet_recorder> recorders(with_ladders ? runs.size() : 0);
    for (std::size_t i = 0; i < recorders.size(); ++i) runs[i].watcher = &recorders[i];
    shown.expect(runs);
    std::vector<bool> over(runs.size());
    runner all(options);
    auto records = all.run_all(runs, [&](const planned_run& which, const run_record* ended) {
        if (!ended) return shown.began(which);
        if (ended->cancelled) return;
        const auto place = static_cast<std::size_t>(&which - runs.data());
        over[place] = true;
        shown.ended(which, *ended);
        if (with_ladders) say("{}", ladder(recorders.at(place).packets(), *which.what));
        if (out) out->ended(*ended);
    });
    std::erase_if(records, [](const run_record& run) { return run.cancelled; });
    std::ranges::move(records, std::back_inserter(into.records));
    for (std::size_t i = 0; i < runs.size(); ++i) {
        runs[i].watcher = nullptr;
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
                   const runner_options& options, progress& shown, output_folder* out)
{
    const auto begin = std::chrono::steady_clock::now();
    made_runs made;
    while (!runs.empty()) {
        make_runs(std::move(runs), options, asked.trace_human, shown, out, made);
        if (!made.all() || (asked.fail_fast && made.any_failed())) break;
        runs = plan_more(made.records, options);
    }
    made.took = std::chrono::steady_clock::now() - begin;
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
             progress& shown, output_folder* out)
{
    const auto theories = agreements(made.records);
    outcome all{.runs = made.records, .theories = theories, .wall = made.took};
    for (const planned_run& one : made.not_run) all.not_run.push_back(&one);
    if (!made.all())
        all.why_not = exit_code_of_signal() ? "interrupted" : "stopped after the first failure";
    shown.summary(all);
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
    write_outputs(std::move(results), asked, shown, out);
    return exit_code_of_signal().value_or(code);
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
    output_folder* const into = out ? &*out : nullptr;
    return conclude(make_all(std::move(runs), asked, options, *shown, into), asked, options, *shown,
                    into);
}

} // namespace

void add_run_command(command_line& badwire)
{
    auto asked = std::make_shared<run_options>();
    command_line& command = badwire.command("run", "Run scenarios and judge them");
    command.texts("SCENARIO", asked->scenarios, "Scenario files, or folders of them").required();
    command
        .read("--network",
              "direct (loopback, nothing between), relay (real processes, a relay between) or "
              "virtual (virtual time); default: what the scenario says. Several, such as "
              "relay,virtual: on each, and their runs are compared",
              [asked](const std::string& given) {
                  std::string wrong;
                  asked->networks = parse_networks(given, wrong);
                  return wrong;
              })
        .takes("direct|relay|virtual,…");
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
    command.explain(
        "Exit codes: 0 all passed, 1 a scenario failed, 2 bad usage or an invalid scenario,\n"
        "3 the worst was inconclusive, 4 the harness itself failed, 130 interrupted.");
    command.does([asked] { return run(*asked); });
}

} // namespace badwire::harness
