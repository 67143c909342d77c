#include "harness/command/progress.hpp"
#include "harness/command/terminal.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/color.h>
#include <unistd.h>

#include "impl/base/units.hpp"

namespace badwire::harness {
namespace {

std::string seconds(duration time)
{
    return fmt::format("{:.2f} s", std::chrono::duration<double>(time).count());
}

std::string label(const scenario& what)
{
    std::string text = what.title;
    for (const auto& [name, value] : what.matrix.items())
        text += fmt::format(", {} {}", name, value.dump());
    return text;
}

void tell_waiting(const run_record& record)
{
    constexpr std::size_t most_clients = 12;
    for (std::size_t i = 0; i < record.waiting.size() && i < most_clients; ++i) {
        const waiting_time& one = record.waiting[i];
        if (one.start_ms)
            say("            {}: waited {:.3f} s, then served in {:.3f} s; response after {:.3f} "
                "s\n",
                one.client, (*one.start_ms - one.arrival_ms) / 1e3,
                (one.end_ms - *one.start_ms) / 1e3, (one.end_ms - one.arrival_ms) / 1e3);
        else
            say("            {}: response after {:.3f} s; when the server began with it was not "
                "seen\n",
                one.client, (one.end_ms - one.arrival_ms) / 1e3);
    }
    if (record.waiting.size() > most_clients)
        say("            … and {} more requests\n", record.waiting.size() - most_clients);
}

std::string mean_and_p99(const json& times)
{
    return fmt::format("{:.3f} ms on average, 99 % within {:.3f} ms", times["mean"].get<double>(),
                       times["p99"].get<double>());
}

void tell_load(const std::string& clients, const json& load)
{
    const auto number = [&](const char* key) { return load[key].get<std::uint64_t>(); };
    say("            {}: {} requests, {} answered, {} gave up, {} refused, {} failed\n", clients,
        number("requests"), number("answered"), number("gave_up"), number("refused"),
        number("failed"));
    if (!load["waiting_ms"].is_null())
        say("            {} waited {}\n", clients, mean_and_p99(load["waiting_ms"]));
    else if (number("answered") > 0)
        say("            how long {} waited was not seen: the server does not tell when it "
            "begins\n",
            clients);
    if (!load["response_ms"].is_null())
        say("            {} had its reply after {}\n", clients, mean_and_p99(load["response_ms"]));
}

} // namespace

progress::progress(std::size_t total)
    : total_(total),
      colours_(isatty(STDOUT_FILENO) && !std::getenv("NO_COLOR")),
      status_(isatty(STDERR_FILENO))
{
}

std::string progress::painted(verdict which) const
{
    std::string text = fmt::format("{:11} ", to_string(which));
    if (!colours_) return text;
    const auto colour = which == verdict::pass           ? fmt::terminal_color::green
                        : which == verdict::inconclusive ? fmt::terminal_color::yellow
                                                         : fmt::terminal_color::red;
    return fmt::format(fmt::fg(colour), "{}", text);
}

void progress::hide_status()
{
    if (status_) write_raw(stderr, "\r\033[K");
}

void progress::show_status()
{
    if (!status_ || running_.empty()) return;
    constexpr std::size_t longest = 60;
    std::string text = running_.front()->what->title;
    if (text.size() > longest) text.replace(longest, text.size(), "…");
    const std::string others =
        running_.size() > 1 ? fmt::format(" and {} more", running_.size() - 1) : "";
    hide_status();
    complain("[{}/{}] {} ({}){}", ended_, total_, text, to_string(running_.front()->network),
             others);
    std::fflush(stderr);
}

void progress::began(const planned_run& run)
{
    running_.push_back(&run);
    show_status();
}

void progress::ended(const planned_run& run, const run_record& record)
{
    running_.erase(std::find(running_.begin(), running_.end(), &run));
    ++ended_;
    hide_status();
    std::string times = seconds(record.wall);
    if (run.network == network_kind::virtual_time)
        times = fmt::format("{} of virtual time in {}", seconds(record.elapsed), times);
    write_raw(stdout, painted(record.verdict));
    say("{} ({}, seed {}) {}\n", label(*run.what), to_string(run.network), run.seed, times);
    if (record.load.is_null()) tell_waiting(record);
    for (const auto& [clients, load] : record.load.items()) tell_load(clients, load);
    for (const std::string& note : record.notes) say("            note: {}\n", note);
    for (const std::string& reason : record.vacuous)
        if (record.verdict == verdict::pass) say("            pass, but {}\n", reason);
    if (record.verdict != verdict::pass) {
        if (!record.message.empty()) say("            {}\n", record.message);
        for (const auto& judged : record.judgements)
            if (!judged.met) say("            ✗ {}: {}\n", judged.what, judged.detail);
        for (const auto& process : record.processes)
            if (!process.errors.text.empty())
                say("            {} said: {}\n", process.name, telling_line(process.errors.text));
        say("            replay: {}\n", replay_command(record));
    }
    std::fflush(stdout);
    show_status();
}

void progress::tell(const std::vector<agreement>& theories)
{
    hide_status();
    for (const agreement& one : theories)
        say("theory {}: {}\n", to_string(one.verdict), one.message);
}

void progress::summary(const std::vector<run_record>& records, duration wall)
{
    hide_status();
    const auto count = [&](verdict which) {
        return std::count_if(records.begin(), records.end(),
                             [&](const auto& run) { return run.verdict == which; });
    };
    const auto doubtful = std::count_if(records.begin(), records.end(), [](const auto& run) {
        return run.verdict == verdict::pass && !run.vacuous.empty();
    });
    const std::string but = doubtful > 0 ? fmt::format(" ({} of them, but …)", doubtful) : "";
    say("{} passed{}, {} failed, {} inconclusive, {} errors in {}\n", count(verdict::pass), but,
        count(verdict::fail), count(verdict::inconclusive), count(verdict::error), seconds(wall));
    std::fflush(stdout);
}

} // namespace badwire::harness
