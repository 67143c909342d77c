#include "harness/command/told_runs.hpp"

#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/judge/story.hpp"

namespace badwire::harness {
namespace {

constexpr std::size_t named_max = 3; // of equal processes
constexpr std::size_t lines_max = 12;

std::string in_seconds(duration time)
{
    return fmt::format("{:.2f} s", std::chrono::duration<double>(time).count());
}

// Whose equals there are: how many of each family.
std::map<std::string, std::size_t> crowds(const run_record& run)
{
    std::map<std::string, std::size_t> sizes;
    for (const process_record& one : run.processes) ++sizes[one.family];
    std::erase_if(sizes, [](const auto& family) { return family.second < 2; });
    return sizes;
}

// The same thing said of several processes.
struct common {
    std::string what;
    std::size_t all = 0, met = 0;
    std::string first_detail{};
    std::vector<std::string> unmet{}; // names
};

std::string told(const common& one)
{
    const bool good = one.unmet.empty();
    std::string line =
        fmt::format("{} {}: {} of {} do", good ? "✓" : "✗", one.what, one.met, one.all);
    if (good) return line;
    line += fmt::format("; {}: {}", one.unmet.front(), one.first_detail);
    if (one.unmet.size() == 1) return line;
    const auto last =
        one.unmet.begin() + static_cast<std::ptrdiff_t>(std::min(one.unmet.size(), named_max));
    line += fmt::format("; also {}", fmt::join(one.unmet.begin() + 1, last, ", "));
    if (one.unmet.size() > named_max)
        line += fmt::format(" and {} more", one.unmet.size() - named_max);
    return line;
}

std::string mean_and_p99(const json& times)
{
    return fmt::format("{:.3f} ms on average, 99 % within {:.3f} ms", times["mean"].get<double>(),
                       times["p99"].get<double>());
}

void tell_load(const std::string& clients, const json& load, std::vector<std::string>& lines)
{
    const auto number = [&](const char* key) { return load[key].get<std::uint64_t>(); };
    lines.push_back(fmt::format("{}: {} requests, {} answered, {} gave up, {} refused, {} failed",
                                clients, number("requests"), number("answered"), number("gave_up"),
                                number("refused"), number("failed")));
    if (!load["waiting_ms"].is_null())
        lines.push_back(fmt::format("{} waited {}", clients, mean_and_p99(load["waiting_ms"])));
    else if (number("answered") > 0)
        lines.push_back(fmt::format(
            "how long {} waited was not seen: the server does not tell when it begins", clients));
    if (!load["response_ms"].is_null())
        lines.push_back(
            fmt::format("{} had its reply after {}", clients, mean_and_p99(load["response_ms"])));
}

} // namespace

std::string label(const scenario& what)
{
    std::string text = what.title;
    for (const auto& [name, value] : what.matrix.items())
        text += fmt::format(", {} {}", name, value.dump());
    return text;
}

std::string headline(const run_record& run)
{
    const auto story = story_of(run);
    return story && !story->headline.empty() ? story->headline : run.message;
}

std::vector<std::string> told_causes(const run_record& run)
{
    std::vector<std::string> lines;
    for (const std::string& line : {headline(run), run.message})
        if (!line.empty() && (lines.empty() || lines.front() != line)) lines.push_back(line);
    return lines;
}

std::vector<std::string> told_judgements(const run_record& run, bool met_too)
{
    const auto sizes = crowds(run);
    std::map<std::string_view, const process_record*> by_name;
    if (!sizes.empty())
        for (const process_record& one : run.processes) by_name.emplace(one.name, &one);
    std::vector<common> all;
    std::map<std::string, std::size_t> places; // of what is said of a crowd
    for (const judgement& one : run.judgements) {
        const std::string& name = one.process.empty() ? one.depends_on : one.process;
        const auto of = by_name.find(name);
        const bool of_crowd = of != by_name.end() && sizes.contains(of->second->family);
        std::string what = one.what;
        if (of_crowd) what.replace(what.find(name), name.size(), of->second->family);
        std::size_t place = all.size();
        if (of_crowd) place = places.try_emplace(what, place).first->second;
        if (place == all.size()) all.push_back({.what = what});
        common& said = all[place];
        ++said.all;
        if (one.met) ++said.met;
        else if (said.unmet.empty()) said.first_detail = one.detail;
        if (!one.met) said.unmet.push_back(name);
        else if (!of_crowd) said.first_detail = one.detail;
    }
    std::vector<std::string> lines;
    for (const common& one : all) {
        if (one.unmet.empty() && !met_too) continue;
        if (one.all > 1) lines.push_back(told(one));
        else
            lines.push_back(
                fmt::format("{} {}: {}", one.met == 1 ? "✓" : "✗", one.what, one.first_detail));
    }
    return lines;
}

std::vector<std::string> told_errors(const run_record& run)
{
    const auto sizes = crowds(run);
    struct saying {
        std::string first, text;
        std::size_t others = 0;
    };
    std::vector<saying> all;
    std::map<std::pair<std::string, std::string>, std::size_t> places;
    for (const process_record& process : run.processes) {
        if (process.errors.text.empty()) continue;
        std::string text(telling_line(process.errors.text));
        if (sizes.contains(process.family)) {
            const auto [at, is_new] = places.try_emplace({process.family, text}, all.size());
            if (!is_new) {
                ++all[at->second].others;
                continue;
            }
        }
        all.push_back({process.name, std::move(text)});
    }
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < std::min(all.size(), lines_max); ++i)
        lines.push_back(fmt::format(
            "{}{} said: {}", all[i].first,
            all[i].others > 0 ? fmt::format(" and {} more", all[i].others) : "", all[i].text));
    if (all.size() > lines_max)
        lines.push_back(
            fmt::format("… and {} more processes had something to say", all.size() - lines_max));
    return lines;
}

std::vector<std::string> told_waiting(const run_record& run)
{
    std::vector<std::string> lines;
    for (const auto& [clients, load] : run.load.items()) tell_load(clients, load, lines);
    if (!run.load.is_null()) return lines;
    for (std::size_t i = 0; i < std::min(run.waiting.size(), lines_max); ++i) {
        const waiting_time& one = run.waiting[i];
        const double response_s = (one.end_ms - one.arrival_ms) / 1e3;
        if (one.start_ms)
            lines.push_back(
                fmt::format("{}: waited {:.3f} s, then served in {:.3f} s; response after {:.3f} s",
                            one.client, (*one.start_ms - one.arrival_ms) / 1e3,
                            (one.end_ms - *one.start_ms) / 1e3, response_s));
        else
            lines.push_back(fmt::format(
                "{}: response after {:.3f} s; when the server began with it was not seen",
                one.client, response_s));
    }
    if (run.waiting.size() > lines_max)
        lines.push_back(fmt::format("… and {} more requests", run.waiting.size() - lines_max));
    return lines;
}

std::string times_of(const run_record& run)
{
    if (run.network != network_kind::virtual_time) return in_seconds(run.wall);
    return fmt::format("{} of virtual time in {}", in_seconds(run.elapsed), in_seconds(run.wall));
}

} // namespace badwire::harness
