#include <cstdio>

#include <unistd.h>
#include <xxhash.h>

#include "harness/command/commands.hpp"
#include "harness/command/experiments.hpp"
#include "harness/command/interrupts.hpp"
#include "harness/command/terminal.hpp"
#include "harness/lab/search.hpp"
#include "harness/run/output.hpp"
#include "harness/version.hpp"
#include "impl/base/text_file.hpp"

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

// Tells whether a state that was written is of this search: of this text, these combinations, this
// badwire and this first seed.
std::string identity(const std::vector<scenario>& combinations, const search_arguments& asked)
{
    std::string all = fmt::format("{}\n{}\n{}\n", version, asked.first, asked.interleavings);
    for (const scenario& one : combinations) all += one.asked.dump() + one.matrix.dump();
    return fmt::format("{:016x}", XXH3_64bits(all.data(), all.size()));
}

class search_run {
public:
    search_run(const search_arguments& asked, std::vector<scenario> combinations)
        : asked_(asked),
          combinations_(std::move(combinations)),
          identity_(identity(combinations_, asked))
    {
        for (const scenario& one : combinations_) meant_.push_back(&one);
        if (asked.out.empty()) return;
        state_file_ = std::filesystem::path(asked.out) / "search.json";
        resume();
    }

    int run()
    {
        std::optional<output_folder> out;
        if (!asked_.out.empty()) out.emplace(asked_.out, failure_kinds_max);
        if (state_.next > 0)
            say("goes on after {} runs of the same search in {}\n", state_.next, asked_.out);
        first_ = state_.next;
        const search_options options{.first_seed = asked_.first,
                                     .seeds = asked_.seeds,
                                     .interleavings = asked_.interleavings,
                                     .jobs = asked_.jobs,
                                     .cancelled = &cancel_on_signals(),
                                     .progress = [this](const search_state&) { show(); }};
        search(meant_, options, state_);
        if (isatty(STDERR_FILENO) == 1) write_raw(stderr, "\r\033[K");
        tell();
        if (out) finish(*out);
        return exit_code_of_signal().value_or(state_.failed > 0 ? exit_failed : exit_passed);
    }

private:
    std::uint64_t all() const { return asked_.seeds * combinations_.size() * asked_.interleavings; }

    void resume()
    {
        std::error_code unknown;
        if (!std::filesystem::exists(state_file_, unknown)) return;
        constexpr std::size_t bytes_max = 16 << 20;
        const auto text = read_regular_file(state_file_, bytes_max);
        const json written = json::parse(text, nullptr, false);
        if (!written.is_object() || written.value("search", "") != identity_) return;
        state_ = read_search_state(written);
    }

    void keep()
    {
        if (state_file_.empty()) return;
        json written = to_json(state_);
        written["search"] = identity_;
        write_json(state_file_, written);
    }

    // A line on a terminal, and the state in its file, now and then.
    void show()
    {
        constexpr auto now_and_then = std::chrono::milliseconds(500);
        if (clock::now() < next_look_) return;
        next_look_ = clock::now() + now_and_then;
        keep();
        if (isatty(STDERR_FILENO) != 1) return;
        const double rate = static_cast<double>(state_.next - first_) / seconds_since(begin_);
        write_raw(
            stderr,
            fmt::format("\r\033[K{} of {} runs, {:.0f}/s, {:.0f} s left; {} failed in {} kinds",
                        state_.next, all(), rate, static_cast<double>(all() - state_.next) / rate,
                        state_.failed, state_.kinds.size()));
        std::fflush(stderr);
    }

    std::string replay(const failures& one) const
    {
        run_record record;
        record.what = meant_.at(one.combination);
        record.network = network_kind::virtual_time;
        record.seed = one.seed;
        record.interleaving = one.interleaving;
        return replay_command(record);
    }

    void tell() const
    {
        const double took = seconds_since(begin_);
        const auto made = state_.next - first_;
        say("{} runs in {:.1f} s ({:.0f}/s): {} passed, {} failed{}\n", state_.next, took,
            took > 0 ? static_cast<double>(made) / took : 0.0, state_.next - state_.failed,
            state_.failed,
            state_.kinds.empty() ? "" : fmt::format(" in {} kinds", state_.kinds.size()));
        for (std::size_t i = 0; i < state_.kinds.size(); ++i) {
            const failures& one = state_.kinds[i];
            say("{:2}. {} times, first with seed {}{}: {}\n", i + 1, one.count, one.seed,
                one.interleaving == 0 ? "" : fmt::format(" and interleaving {}", one.interleaving),
                one.kind);
            if (!one.last_packets.empty()) say("    last packets: {}\n", one.last_packets);
            say("    replay: {}\n", replay(one));
        }
    }

    // The first run of each kind again, with its logs.
    void finish(output_folder& out)
    {
        runner_options options;
        options.out = asked_.out;
        runner again(options);
        std::vector<run_record> records;
        for (std::size_t i = 0; i < state_.kinds.size(); ++i) {
            const failures& one = state_.kinds[i];
            records.push_back(
                again.run_one({.what = meant_.at(one.combination),
                               .network = network_kind::virtual_time,
                               .seed = one.seed,
                               .repeat = 0,
                               .folder_name = fmt::format("{:04}-seed-{}", i + 1, one.seed),
                               .interleaving = one.interleaving}));
        }
        json results = results_json(records, clock::now() - begin_);
        results["search"] = to_json(state_);
        out.finish(std::move(results));
        keep();
        say("report: {}\n", (std::filesystem::path(asked_.out) / "report.html").string());
    }

    const search_arguments& asked_;
    std::vector<scenario> combinations_;
    std::vector<const scenario*> meant_;
    std::string identity_;
    std::filesystem::path state_file_;
    search_state state_;
    std::uint64_t first_ = 0; // runs that were made before
    clock::time_point begin_ = clock::now();
    clock::time_point next_look_{};
};

int search(const search_arguments& asked)
{
    auto combinations = load_combinations(asked);
    if (!combinations) return exit_usage;
    keep_temporary_files_in_memory();
    return search_run(asked, std::move(*combinations)).run();
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
    command.explain("Every combination of a matrix runs with every seed. Failures of the same "
                    "expectations after the same\nfates of the last packets are one kind.\n"
                    "Exit codes: 0 all passed, 1 some failed, 2 bad usage or an invalid scenario.");
    command.does([asked] { return search(*asked); });
}

} // namespace badwire::harness
