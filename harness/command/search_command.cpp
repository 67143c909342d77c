#include <optional>

#include "harness/command/commands.hpp"
#include "harness/command/experiments.hpp"
#include "harness/command/interrupts.hpp"
#include "harness/command/terminal.hpp"
#include "harness/lab/kept_search.hpp"

namespace badwire::harness {
namespace {

using clock = std::chrono::steady_clock;

struct search_arguments : experiment_options {
    std::uint64_t seeds = 1000, first = 1, interleavings = 1;
};

double seconds_since(clock::time_point begin)
{
    return std::chrono::duration<double>(clock::now() - begin).count();
}

work_done done_by(const kept_search& search)
{
    const search_state& state = search.state();
    work_done done{
        .runs = state.next, .of = search.all(), .before = search.before(), .failed = state.failed};
    if (!state.kinds.empty())
        done.now = fmt::format("{} kind{}, the last: {}", state.kinds.size(),
                               state.kinds.size() == 1 ? "" : "s", state.kinds.back().kind);
    return done;
}

void tell(const kept_search& search, double took_s)
{
    const search_state& state = search.state();
    const auto made = state.next - search.before();
    say("{} runs in {:.1f} s ({:.0f}/s): {} passed, {} failed{}\n", state.next, took_s,
        took_s > 0 ? static_cast<double>(made) / took_s : 0.0, state.next - state.failed,
        state.failed, state.kinds.empty() ? "" : fmt::format(" in {} kinds", state.kinds.size()));
    for (std::size_t i = 0; i < state.kinds.size(); ++i) {
        const failures& one = state.kinds[i];
        say("{:2}. {} times, first with seed {}{}: {}\n", i + 1, one.count, one.seed,
            one.interleaving == 0 ? "" : fmt::format(" and interleaving {}", one.interleaving),
            one.kind);
        if (!one.last_packets.empty()) say("    last packets: {}\n", one.last_packets);
        say("    replay: {}\n", search.replay(one));
    }
}

int search(const search_arguments& asked)
{
    if (!asked.scheduler.empty()) return spread_over_workers();
    const auto combinations = load_combinations(asked);
    if (!combinations) return exit_usage;
    keep_temporary_files_in_memory();
    std::vector<const scenario*> meant;
    for (const scenario& one : *combinations) meant.push_back(&one);
    std::optional<status_line> line(asked.quiet);
    std::optional<kept_search> search;
    search.emplace(
        meant,
        search_options{.first_seed = asked.first,
                       .seeds = asked.seeds,
                       .interleavings = asked.interleavings,
                       .jobs = asked.jobs,
                       .cancelled = &cancel_on_signals(),
                       .progress = [&](const search_state&) { line->show(done_by(*search)); }},
        asked.out);
    if (search->before() > 0)
        say("goes on after {} runs of the same search in {}\n", search->before(), asked.out);
    const auto begin = clock::now();
    search->run();
    line.reset();
    tell(*search, seconds_since(begin));
    if (exit_code_of_signal())
        say("interrupted: {} of {} runs were not made{}\n", search->all() - search->state().next,
            search->all(), asked.out.empty() ? "" : "; the same command goes on with them");
    search->write_results();
    if (!asked.out.empty())
        say("report: {}\n", (std::filesystem::path(asked.out) / "report.html").string());
    return exit_code_of_signal().value_or(search->state().failed > 0 ? exit_failed : exit_passed);
}

} // namespace

void add_search_command(command_line& badwire)
{
    auto asked = std::make_shared<search_arguments>();
    command_line& command =
        badwire.command("search", "Look for seeds with which a scenario fails, in virtual time");
    describe(command, *asked);
    command.number("--seeds", asked->seeds, 1, 1'000'000'000, "How many seeds");
    command.number("--interleavings", asked->interleavings, 1, 1'000'000,
                   "Each seed in so many orders of what can happen at one instant");
    command.number("--first", asked->first, 0, UINT64_MAX / 2, "The first of them");
    command
        .text("--out", asked->out,
              "Write results.json and report.html with the first run of each kind of failure into "
              "this folder; the same command goes on where it was interrupted")
        .takes("DIR");
    describe_scheduler(command, *asked);
    command.explain("Every combination of a matrix runs with every seed. Failures of the same "
                    "expectations after the same\nfates of the last packets are one kind.\n"
                    "Exit codes: 0 all passed, 1 some failed, 2 bad usage or an invalid scenario.");
    command.does([asked] { return search(*asked); });
}

} // namespace badwire::harness
