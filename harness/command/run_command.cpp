#include <cstdio>
#include <set>

#include "harness/command/commands.hpp"
#include "harness/command/experiments.hpp"
#include "harness/command/interrupts.hpp"
#include "harness/command/ladder.hpp"
#include "harness/command/progress.hpp"
#include "harness/command/terminal.hpp"
#include "harness/run/output.hpp"
#include "harness/run/runner.hpp"
#include "harness/scenario/files.hpp"

namespace badwire::harness {
namespace {

struct run_options {
    std::vector<std::string> scenarios;
    std::optional<network_kind> network;
    std::string out;
    std::string tag;
    std::optional<std::uint64_t> seed;
    std::optional<std::uint64_t> repeat;
    unsigned jobs = 1;
    bool strict = false;
    bool trace_human = false;
    selection only;
};

int worst(const std::vector<run_record>& records)
{
    const auto any = [&](verdict which) {
        return std::any_of(records.begin(), records.end(),
                           [&](const auto& run) { return run.verdict == which; });
    };
    if (any(verdict::error)) return exit_harness;
    if (any(verdict::fail)) return exit_failed;
    return any(verdict::inconclusive) ? exit_inconclusive : exit_passed;
}

// Whether every scenario can run where it is to run. Prints on standard error why not.
bool print_mistakes(const std::vector<scenario>& scenarios, std::optional<network_kind> network)
{
    std::set<std::string> told; // combinations of a matrix have the same ones
    for (const scenario& one : scenarios) {
        try {
            check_networks(one, network);
        } catch (const mistake& wrong) {
            const std::string lines = in_file(one.file, wrong);
            if (told.insert(lines).second) complain("{}\n", lines);
        }
    }
    return told.empty();
}

int run(const run_options& asked)
{
    const auto begin = std::chrono::steady_clock::now();
    const auto scenarios = load_scenarios(asked.scenarios, asked.tag);
    if (!scenarios) return exit_usage;
    runner_options options;
    options.network = asked.network;
    options.seed = asked.seed;
    options.repeat = asked.repeat;
    options.jobs = asked.jobs;
    options.strict = asked.strict;
    options.only = asked.only;
    options.out = asked.out;
    options.cancelled = &cancel_on_signals();
    options.owns_children = true;

    if (!print_mistakes(*scenarios, options.network)) return exit_usage;
    std::vector<planned_run> runs;
    try {
        runs = plan(*scenarios, options);
    } catch (const mistake& wrong) {
        complain("badwire run: {}\n", wrong.what());
        return exit_usage;
    }
    if (runs.empty()) {
        complain("badwire run: no scenario{} there{}\n",
                 asked.tag.empty() ? "" : (" with the tag " + asked.tag),
                 asked.tag.empty() ? " (slow ones run when named, or with --tag slow)" : "");
        return exit_usage;
    }
    std::optional<output_folder> out;
    if (!asked.out.empty()) out.emplace(asked.out, runs.size());

    progress shown(runs.size());
    std::vector<packet_recorder> recorders(asked.trace_human ? runs.size() : 0);
    for (std::size_t i = 0; i < recorders.size(); ++i) runs[i].watcher = &recorders[i];
    std::vector<run_record> records;
    {
        runner all(options);
        records = all.run_all(runs, [&](const planned_run& which, const run_record* ended) {
            if (!ended) return shown.began(which);
            shown.ended(which, *ended);
            if (asked.trace_human)
                say("{}",
                    ladder(recorders.at(static_cast<std::size_t>(&which - runs.data())).packets(),
                           *which.what));
            if (out) out->ended(*ended);
        });
    }
    const duration wall = std::chrono::steady_clock::now() - begin;
    shown.summary(records, wall);
    if (out) {
        out->finish(results_json(records, wall));
        say("report: {}\n", (std::filesystem::path(asked.out) / "report.html").string());
    }
    return exit_code_of_signal().value_or(worst(records));
}

} // namespace

void add_run_command(command_line& badwire)
{
    auto asked = std::make_shared<run_options>();
    command_line& command = badwire.command("run", "Run scenarios and judge them");
    command.texts("SCENARIO", asked->scenarios, "Scenario files, or folders of them").required();
    command.one_of(
        "--network", {"direct", "relay", "virtual"},
        [asked](const std::string& given) { asked->network = parse_network_kind(given); },
        "direct (loopback, nothing between), relay (real processes, a relay between) or virtual "
        "(virtual time); default: what the scenario says");
    command.number("--seed", asked->seed, 0, UINT64_MAX,
                   "Seed of every random decision; default: what the scenario says, or 1");
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
    command.text("--tag", asked->tag, "Only scenarios with this tag");
    command.explain(
        "Exit codes: 0 all passed, 1 a scenario failed, 2 bad usage or an invalid scenario,\n"
        "3 the worst was inconclusive, 4 the harness itself failed, 130 interrupted.");
    command.does([asked] { return run(*asked); });
}

} // namespace badwire::harness
