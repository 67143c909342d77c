// The commands that change what befalls single packets: shrink, certify, explain.
#include <optional>

#include <fmt/ranges.h>

#include "harness/command/commands.hpp"
#include "harness/command/experiments.hpp"
#include "harness/command/interrupts.hpp"
#include "harness/command/terminal.hpp"
#include "harness/lab/certify.hpp"
#include "harness/lab/fault_map.hpp"
#include "harness/lab/shrink.hpp"
#include "harness/scenario/packet_words.hpp"
#include "impl/base/units.hpp"
#include "impl/net/network.hpp"

namespace badwire::harness {
namespace {

struct lab_arguments : experiment_options {
    std::uint64_t seed = 1;
    std::optional<std::uint64_t> interleaving;
    std::string faults = "drop";
    std::size_t at_most = 2, first = 20;
};

void describe(command_line& command, lab_arguments& into)
{
    describe(command, static_cast<experiment_options&>(into));
    command.number("--seed", into.seed, 0, UINT64_MAX, "The run's seed");
    command.number("--interleaving", into.interleaving, 0, UINT64_MAX,
                   "Its order of what can happen at one instant; default: the scenario's");
}

// Runs the command; what cannot be done is told.
template <typename Act>
int run(const char* name, const lab_arguments& asked, Act act)
{
    auto what = load_combination(asked);
    if (!what) return exit_usage;
    what->interleaving = asked.interleaving.value_or(what->interleaving);
    keep_temporary_files_in_memory();
    try {
        const int code = act(*what, asked);
        if (exit_code_of_signal() == code)
            complain("badwire {}: interrupted: there is no result\n", name);
        return code;
    } catch (const not_shrinkable& error) {
        complain("badwire {}: {}: {}\n", name, asked.scenario, error.what());
        return exit_usage;
    } catch (const net::failure& error) {
        complain("badwire {}: {}\n", name, error.what());
        return exit_usage;
    }
}

std::string list_of(const std::vector<fault>& faults)
{
    std::string told;
    for (std::size_t i = 0; i < faults.size(); ++i)
        told += fmt::format("{}. {}\n", i + 1, faults[i].told);
    return told;
}

// Writes the scenario with its faults, and says how it is run.
void hand_over(const scenario& base, const std::vector<fault>& faults, std::uint64_t seed,
               const std::string& title, const std::string& why, const std::string& file)
{
    write_json(file, written(with_faults(base, faults), seed, title, why + "\n" + list_of(faults)));
    say("{}written to {}; to see it: badwire run {} --network virtual\n", list_of(faults), file,
        file);
}

// ---- shrink

int shrink_one(const scenario& what, const lab_arguments& asked)
{
    std::optional<status_line> line(asked.quiet);
    laboratory lab(&cancel_on_signals(), shown_in(*line));
    const shrunk made = shrink(what, asked.seed, lab);
    line.reset();
    if (const auto code = exit_code_of_signal()) return *code;
    say("it fails with {} of {} faults, after {} runs: {}\n", made.faults.size(), made.at_first,
        made.runs, made.kind);
    if (!made.robust)
        say("a few milliseconds decide whether it fails: on real sockets it may pass\n");
    hand_over(made.base, made.faults, asked.seed, what.title + ", shrunk",
              fmt::format("The fewest faults of seed {} with which this still fails: {}",
                          asked.seed, made.kind),
              asked.out.empty() ? beside(what, fmt::format("seed-{}", asked.seed)) : asked.out);
    return exit_passed;
}

// ---- certify

int certify_one(const scenario& what, const lab_arguments& asked)
{
    certify_options options{.actions = parse_actions(asked.faults),
                            .at_most = asked.at_most,
                            .first = asked.first,
                            .seed = asked.seed,
                            .jobs = asked.jobs,
                            .cancelled = &cancel_on_signals()};
    std::optional<status_line> line(asked.quiet);
    options.progress = [&line](std::uint64_t runs, std::uint64_t known) {
        line->show({.runs = runs, .of = known, .now = "more may follow"});
    };
    const certificate made = certify(what, options);
    line.reset();
    if (const auto code = exit_code_of_signal(); code && !made.complete) return *code;

    const std::string file = asked.out.empty() ? "certificate.json" : asked.out;
    write_json(file, to_json(made, what, options));
    for (const json& one : made.not_expected)
        say("not expected, for it fails without any fault: {}\n", one.dump());
    if (!made.left_out.empty())
        say("without {}\n", fmt::format("{}", fmt::join(made.left_out, ", ")));
    if (made.counterexample.empty()) {
        say("certified: no pattern of at most {} faults ({}) among the first {} packets makes it "
            "fail\n{} runs stand for {:.0f} patterns\n{}\n",
            asked.at_most, asked.faults, asked.first, made.runs, made.patterns, file);
        return exit_passed;
    }
    say("not certified: {} of at most {} faults make it fail, found after {} runs: {}\n",
        made.counterexample.size(), asked.at_most, made.runs, made.kind);
    hand_over(made.base, made.counterexample, asked.seed, what.title + ", a counterexample",
              "The smallest pattern of faults with which this fails: " + made.kind,
              beside(what, "counterexample"));
    return exit_failed;
}

// ---- explain

int explain_one(const scenario& what, const lab_arguments& asked)
{
    std::optional<status_line> line(asked.quiet);
    const auto map =
        map_faults(what, asked.seed, asked.jobs, &cancel_on_signals(), shown_in(*line));
    line.reset();
    if (const auto code = exit_code_of_signal()) return *code;
    say("{:>12}  {:<16} {:<28} {}\n", "TIME", "LINK", "PACKET", "IF IT IS LOST");
    const auto wires = wires_of(what);
    const loss_of_packet* critical = nullptr;
    for (const loss_of_packet& one : map) {
        std::string means = "harmless";
        if (one.means == loss_of_packet::lost_anyway) means = one.packet.why;
        if (one.means == loss_of_packet::costs) means = "costs " + format_duration(one.cost);
        if (one.means == loss_of_packet::fatal) {
            means = "fatal: " + one.kind;
            if (critical == nullptr) critical = &one;
        }
        say("{:>12}  {:<16} {:<28} {}\n", format_duration(one.packet.at),
            fmt::format("{} {}", one.packet.link, link::to_string(one.packet.which)),
            packet_words(one.packet.payload, wires, one.packet.tcp), means);
    }
    if (critical != nullptr)
        say("the critical packet: {} of {} at {}: after its loss the run cannot succeed\n",
            packet_words(critical->packet.payload, wires, critical->packet.tcp),
            critical->packet.flow, format_duration(critical->packet.at));
    if (asked.out.empty()) return exit_passed;

    write_explained(what, asked.seed, map, asked.out);
    say("report: {}\n", (std::filesystem::path(asked.out) / "report.html").string());
    return exit_passed;
}

} // namespace

void add_shrink_command(command_line& badwire)
{
    auto asked = std::make_shared<lab_arguments>();
    command_line& command = badwire.command(
        "shrink", "Reduce a run that fails to the fewest faults of single packets, as a scenario");
    describe(command, *asked);
    command.text("--out", asked->out, "The file; default: beside the scenario, with its seed")
        .takes("FILE");
    command.explain("The scenario that is written runs on the relay, too.");
    command.does([asked] { return run("shrink", *asked, shrink_one); });
}

void add_certify_command(command_line& badwire)
{
    auto asked = std::make_shared<lab_arguments>();
    command_line& command = badwire.command(
        "certify", "Try every pattern of a few faults among the first packets, in virtual time");
    describe(command, *asked);
    command
        .read("--faults", "Which: drop, duplicate, delay=500ms; separated by commas",
              [asked](const std::string& given) {
                  try {
                      parse_actions(given);
                  } catch (const mistake& wrong) {
                      return std::string(wrong.what());
                  }
                  asked->faults = given;
                  return std::string();
              })
        .takes("FAULT,…")
        .otherwise(asked->faults);
    command.number("--at-most", asked->at_most, 0, 8, "How many faults at once");
    command.number("--first", asked->first, 1, 1'000'000, "Among how many packets");
    command
        .text("--out", asked->out,
              "The certificate, which says what exactly was proved; default: certificate.json")
        .takes("FILE");
    describe_scheduler(command, *asked);
    command.explain(
        "Loss, copies, damage and varying delays of the scenario's links are left out "
        "first, and so are expectations\nthat fail without any fault.\n"
        "Exit codes: 0 certified, 1 a counterexample was found and written, 2 bad usage.");
    command.does([asked] {
        return asked->scheduler.empty() ? run("certify", *asked, certify_one)
                                        : spread_over_workers();
    });
}

void add_explain_command(command_line& badwire)
{
    auto asked = std::make_shared<lab_arguments>();
    command_line& command = badwire.command(
        "explain",
        "Say of every packet of a run what its loss would mean: nothing, time, or failure");
    describe(command, *asked);
    command
        .text("--out", asked->out,
              "Write results.json with a fault_map, and a report, into this folder")
        .takes("DIR");
    command.does([asked] { return run("explain", *asked, explain_one); });
}

} // namespace badwire::harness
