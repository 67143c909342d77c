#include "harness/command/repeated_runs.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "harness/command/told_runs.hpp"
#include "harness/lab/laboratory.hpp"
#include "impl/base/share.hpp"

namespace badwire::harness {
namespace {

constexpr std::size_t kinds_max = 10;

std::string times(std::size_t count)
{
    return count == 1 ? "once" : fmt::format("{} times", count);
}

std::vector<std::string> told_failure(const run_record& run)
{
    std::vector<std::string> lines = told_causes(run);
    for (std::string& line : told_judgements(run)) lines.push_back(std::move(line));
    for (std::string& line : told_errors(run)) lines.push_back(std::move(line));
    lines.push_back("replay: " + replay_command(run));
    return lines;
}

} // namespace

void repeated_runs::ended(const run_record& run)
{
    ++made_;
    network_ = run.network;
    seed_min_ = std::min(seed_min_, run.seed);
    seed_max_ = std::max(seed_max_, run.seed);
    elapsed_ += run.elapsed;
    wall_ += run.wall;
    ++counts_[run.verdict];
    for (const std::string& note : run.notes) ++notes_[note];
    if (run.verdict == verdict::pass) {
        for (const std::string& doubt : run.vacuous) ++doubts_[doubt];
        return;
    }
    const std::string name = fmt::format("{} {}", to_string(run.verdict), failure_kind(run));
    auto known = std::ranges::find(kinds_, name, [](const auto& one) { return one.first; });
    if (known == kinds_.end()) {
        kinds_.emplace_back(name, kind{run.verdict});
        known = kinds_.end() - 1;
        if (kinds_.size() <= kinds_max) known->second.first = told_failure(run);
    }
    ++known->second.count;
}

std::size_t repeated_runs::count(verdict which) const
{
    const auto found = counts_.find(which);
    return found == counts_.end() ? 0 : found->second;
}

verdict repeated_runs::worst() const
{
    for (const verdict which : {verdict::error, verdict::fail, verdict::inconclusive})
        if (count(which) > 0) return which;
    return verdict::pass;
}

std::string repeated_runs::summary() const
{
    const std::size_t passed = count(verdict::pass);
    const std::size_t decided = passed + count(verdict::fail);
    std::string line = fmt::format("{} of {} passed", passed, made_);
    for (const verdict which : {verdict::inconclusive, verdict::error})
        if (count(which) > 0) line += fmt::format(", {} {}", count(which), to_string(which));
    if (decided > 0) {
        const auto likely = wilson(static_cast<double>(passed), static_cast<double>(decided));
        line += fmt::format(", 95 % interval {:.2f}–{:.2f}", likely.low, likely.high);
        if (decided < made_) line += fmt::format(" by the {} that were decided", decided);
    }
    if (made_ < planned_) line += fmt::format("; {} of {} not run", planned_ - made_, planned_);
    const auto mean_s = [&](duration all) {
        return std::chrono::duration<double>(all).count() / static_cast<double>(made_);
    };
    line += network_ == network_kind::virtual_time
                ? fmt::format("; on average {:.2f} s of virtual time in {:.2f} s", mean_s(elapsed_),
                              mean_s(wall_))
                : fmt::format("; {:.2f} s on average", mean_s(wall_));
    return line + fmt::format("; seeds {} to {}", seed_min_, seed_max_);
}

std::vector<std::string> repeated_runs::details() const
{
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < std::min(kinds_.size(), kinds_max); ++i) {
        const kind& one = kinds_[i].second;
        for (std::size_t j = 0; j < one.first.size(); ++j)
            lines.push_back(j == 0 ? fmt::format("{} {}: {}", to_string(one.what), times(one.count),
                                                 one.first[j])
                                   : "  " + one.first[j]);
    }
    if (kinds_.size() > kinds_max)
        lines.push_back(fmt::format("… and {} more kinds of failures", kinds_.size() - kinds_max));
    for (const auto& [doubt, count] : doubts_)
        lines.push_back(fmt::format("pass, but {}: {}", times(count), doubt));
    for (const auto& [note, count] : notes_) lines.push_back("note: " + note);
    return lines;
}

} // namespace badwire::harness
