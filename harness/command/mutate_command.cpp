// badwire mutate: a score for a set of scenarios.
#include "harness/command/commands.hpp"
#include "harness/command/experiments.hpp"
#include "harness/command/interrupts.hpp"
#include "harness/command/status_line.hpp"
#include "harness/command/terminal.hpp"
#include "harness/lab/mutate.hpp"
#include "harness/scenario/files.hpp"

namespace badwire::harness {
namespace {

struct mutate_arguments {
    std::vector<std::string> scenarios;
    std::uint64_t seeds = 20;
    unsigned jobs = 1;
    std::string out;
    bool quiet = false;
};

// Those that can run in virtual time; the others are told.
std::vector<const scenario*> in_virtual_time(const std::vector<scenario>& all)
{
    std::vector<const scenario*> fit;
    std::string told;
    for (const scenario& one : all) {
        try {
            check_networks(one, {network_kind::virtual_time});
            fit.push_back(&one);
        } catch (const mistake&) {
            if (told != one.file)
                complain("left out, as it cannot run in virtual time: {}\n", one.file);
            told = one.file;
        }
    }
    return fit;
}

int mutate(const mutate_arguments& asked)
{
    const auto all = load_scenarios(asked.scenarios, "");
    if (!all) return exit_usage;
    keep_temporary_files_in_memory();
    std::optional<status_line> line(asked.quiet);
    const mutation_score score = mutate(in_virtual_time(*all), {.seeds = asked.seeds,
                                                                .jobs = asked.jobs,
                                                                .cancelled = &cancel_on_signals(),
                                                                .watcher = shown_in(*line)});
    line.reset();
    if (const auto code = exit_code_of_signal()) {
        complain("badwire mutate: interrupted: there is no result\n");
        return *code;
    }
    for (const scenario* const one : score.left_out)
        complain("left out, as it fails without any bug: {}\n", one->file);
    if (score.mutants.empty()) {
        complain("badwire mutate: none of these scenarios runs a program in which bugs can be "
                 "planted; badwire exec PROGRAM --help lists them under --flaw\n");
        return exit_usage;
    }
    for (const mutant& one : score.mutants)
        say("{} {:<15} {:<22} {}\n", one.caught_by ? "caught" : "MISSED", one.program,
            to_string(one.flaw),
            one.caught_by
                ? fmt::format("by {} with seed {}: {}", one.caught_by->file, one.seed, one.kind)
                : fmt::format("by {} scenarios", one.tried));
    say("{} of {} planted bugs are caught\n", score.caught(), score.mutants.size());
    if (!asked.out.empty()) write_json(asked.out, to_json(score));
    return score.caught() == score.mutants.size() ? exit_passed : exit_failed;
}

} // namespace

void add_mutate_command(command_line& badwire)
{
    auto asked = std::make_shared<mutate_arguments>();
    command_line& command = badwire.command(
        "mutate", "Say which well-known bugs, planted in the programs, scenarios would find");
    command.texts("SCENARIO", asked->scenarios, "Scenario files, or folders of them").required();
    command.number("--seeds", asked->seeds, 1, 1'000'000, "Each scenario with so many seeds");
    command.number("--jobs", asked->jobs, 1, 1024, "How many runs at a time");
    describe_quiet(command, asked->quiet);
    command.text("--out", asked->out, "Write the score as JSON into this file").takes("FILE");
    command.explain("Exit codes: 0 every bug is caught, 1 some are missed, 2 bad usage or an "
                    "invalid scenario.");
    command.does([asked] { return mutate(*asked); });
}

} // namespace badwire::harness
