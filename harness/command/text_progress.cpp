// What people read while scenarios run.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>

#include <fmt/color.h>
#include <unistd.h>

#include "harness/command/github.hpp"
#include "harness/command/progress.hpp"
#include "harness/command/repeated_runs.hpp"
#include "harness/command/status_line.hpp"
#include "harness/command/told_runs.hpp"

namespace badwire::harness {
namespace {

void tell_below(const std::vector<std::string>& lines)
{
    for (const std::string& line : lines) say("            {}\n", printable(line));
}

class text_progress final : public progress {
public:
    explicit text_progress(const progress_options& options)
        : options_(options),
          colours_(shows_colours(STDOUT_FILENO, options.colours)),
          status_(options.quiet)
    {
        if (options_.format == output_format::github) github_.emplace();
    }

    void expect(std::span<const planned_run> runs) override
    {
        done_.of += runs.size();
        for (const planned_run& one : runs) repeated_[{one.what, one.network}].expect(1);
    }

    void began(const planned_run& run) override
    {
        running_.push_back(&run);
        show_status();
    }

    void ended(const planned_run& run, const run_record& record) override
    {
        running_.erase(std::find(running_.begin(), running_.end(), &run));
        ++done_.runs;
        if (record.verdict == verdict::fail || record.verdict == verdict::error) ++done_.failed;
        repeated_runs& all = repeated_.at({run.what, run.network});
        all.ended(record);
        if (options_.verbose || all.planned() == 1) tell(run, record);
        else if (all.complete()) tell(*run.what, run.network, all);
        std::fflush(stdout);
        show_status();
    }

    void summary(const outcome& all) override
    {
        status_.reset();
        for (const auto& [of, runs] : repeated_)
            if (!options_.verbose && runs.planned() > 1 && !runs.complete() && runs.made() > 0)
                tell(*of.first, of.second, runs);
        for (const agreement& one : all.theories)
            say("theory {}: {}\n", to_string(one.verdict), one.message);
        if (!all.not_run.empty()) {
            say("{}: {} of {} runs were not made\n", all.why_not, all.not_run.size(), done_.of);
            tell_below(told_not_run(all.not_run));
        }
        tell_counts(all);
        if (github_) github_->annotate(all);
    }

    void results(const json& all) override
    {
        if (github_) github_->summarize(all);
    }

private:
    void tell(const planned_run& run, const run_record& record);
    void tell(const scenario& what, network_kind network, const repeated_runs& all);
    static void tell_counts(const outcome& all);
    void tell_verdict(verdict which) const;
    void show_status();

    const progress_options options_;
    const bool colours_;
    std::optional<status_line> status_;
    std::optional<github_job> github_;
    work_done done_;
    std::vector<const planned_run*> running_;
    std::map<std::pair<const scenario*, network_kind>, repeated_runs> repeated_;
};

void text_progress::tell_verdict(verdict which) const
{
    const std::string text = fmt::format("{:11} ", to_string(which));
    const auto colour = which == verdict::pass           ? fmt::terminal_color::green
                        : which == verdict::inconclusive ? fmt::terminal_color::yellow
                                                         : fmt::terminal_color::red;
    write_raw(people(), colours_ ? fmt::format(fmt::fg(colour), "{}", text) : text);
}

void text_progress::show_status()
{
    if (running_.empty() || !status_) return;
    const planned_run& first = *running_.front();
    done_.now =
        fmt::format("{} ({}){}", label(*first.what), to_string(first.network),
                    running_.size() > 1 ? fmt::format(" and {} more", running_.size() - 1) : "");
    status_->show(done_);
}

void text_progress::tell(const planned_run& run, const run_record& record)
{
    const bool passed = record.verdict == verdict::pass;
    if (options_.quiet && passed) return;
    tell_verdict(record.verdict);
    say("{} ({}, seed {}) {}\n", label(*run.what), to_string(run.network), run.seed,
        times_of(record));
    if (!passed) tell_below(told_causes(record));
    if (!passed || options_.verbose) tell_below(told_judgements(record, options_.verbose));
    if (!passed) tell_below(told_errors(record));
    if (!options_.quiet) tell_below(told_waiting(record));
    for (const std::string& note : record.notes) tell_below({"note: " + note});
    for (const std::string& reason : record.vacuous)
        if (passed) tell_below({"pass, but " + reason});
    if (!passed) tell_below({"replay: " + replay_command(record)});
}

void text_progress::tell(const scenario& what, network_kind network, const repeated_runs& all)
{
    if (options_.quiet && all.worst() == verdict::pass) return;
    tell_verdict(all.worst());
    say("{} ({}): {}\n", label(what), to_string(network), all.summary());
    tell_below(all.details());
}

void text_progress::tell_counts(const outcome& all)
{
    const auto count = [&](verdict which) {
        return std::ranges::count(all.runs, which, &run_record::verdict);
    };
    const auto doubtful = std::ranges::count_if(all.runs, [](const run_record& run) {
        return run.verdict == verdict::pass && !run.vacuous.empty();
    });
    const std::string but = doubtful > 0 ? fmt::format(" ({} of them, but …)", doubtful) : "";
    say("{} passed{}, {} failed, {} inconclusive, {} errors in {:.2f} s\n", count(verdict::pass),
        but, count(verdict::fail), count(verdict::inconclusive), count(verdict::error),
        std::chrono::duration<double>(all.wall).count());
    std::fflush(stdout);
}

} // namespace

std::unique_ptr<progress> make_text_progress(const progress_options& options)
{
    return std::make_unique<text_progress>(options);
}

} // namespace badwire::harness
