#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "impl/base/printable.hpp"
#include "impl/base/share.hpp"
#include "reports/report.hpp"
#include "reports/results_check.hpp"
#include "reports/run_texts.hpp"

namespace badwire::reports {
namespace {

using nlohmann::json;

constexpr std::size_t rows_max = 100, failures_max = 20, text_bytes_max = 500;

// Text that shows as it is, in one line: no markup, no mention of anybody.
std::string plain(std::string_view text)
{
    constexpr std::string_view special = "\\`*_{}[]()#+-.!|~@:";
    std::string made;
    for (const char c : printable(text, text_bytes_max)) {
        if (c == '<') made += "&lt;";
        else if (c == '>') made += "&gt;";
        else if (c == '&') made += "&amp;";
        else if (c == '@' || c == ':') // not even a mention, or a link that looks like one
            made += fmt::format("&#{};", static_cast<int>(c));
        else {
            if (special.find(c) != std::string_view::npos) made += '\\';
            made += c;
        }
    }
    return made;
}

// Lines as they are, below a fence that is longer than any in them.
std::string fenced(const std::vector<std::string>& lines)
{
    std::string text;
    for (const std::string& line : lines) text += printable(line, text_bytes_max) + "\n";
    std::string fence = "```";
    while (text.find(fence) != std::string::npos) fence += '`';
    return fmt::format("{}\n{}{}\n", fence, text, fence);
}

std::string name_of(const json& run)
{
    std::string name = run.value("title", run.at("scenario").get<std::string>());
    if (const auto matrix = run.find("matrix"); matrix != run.end())
        for (const auto& [key, value] : matrix->items())
            name += fmt::format(", {} {}", key, plain_text(value));
    return name;
}

// The repetitions of one scenario on one network.
struct row {
    std::string name, network;
    std::map<std::string, std::size_t> verdicts{};
    std::size_t runs = 0;
    double elapsed_ms = 0;

    std::size_t count(const char* verdict) const
    {
        const auto found = verdicts.find(verdict);
        return found == verdicts.end() ? 0 : found->second;
    }
};

std::string mark(const row& one)
{
    if (one.count("fail") + one.count("error") > 0) return "❌";
    return one.count("inconclusive") > 0 ? "❔" : "✅";
}

std::string passed(const row& one)
{
    const std::size_t decided = one.count("pass") + one.count("fail");
    std::string text = fmt::format("{} of {}", one.count("pass"), one.runs);
    if (one.runs == 1 || decided == 0) return text;
    const auto likely =
        wilson(static_cast<double>(one.count("pass")), static_cast<double>(decided));
    return text + fmt::format(", 95 % interval {:.2f}–{:.2f}", likely.low, likely.high);
}

std::vector<row> rows_of(const json& runs)
{
    std::vector<row> rows;
    std::map<std::string, std::size_t> places;
    for (const json& run : runs) {
        const auto network = run.at("network").get<std::string>();
        const std::string key =
            json{run.at("scenario"), run.value("matrix", json()), network}.dump();
        const auto [at, is_new] = places.try_emplace(key, rows.size());
        if (is_new) rows.push_back({name_of(run), network});
        row& one = rows[at->second];
        ++one.runs;
        ++one.verdicts[run.at("verdict").get<std::string>()];
        one.elapsed_ms += run.value("elapsed_ms", 0.0);
    }
    // Who reads only the beginning should see what went wrong.
    std::ranges::stable_sort(rows, {},
                             [](const row& one) { return one.count("pass") == one.runs; });
    return rows;
}

std::string grid_of(const std::vector<row>& rows)
{
    std::string made = "| | Scenario | Network | Passed | Time |\n|---|---|---|---|---|\n";
    for (std::size_t i = 0; i < std::min(rows.size(), rows_max); ++i) {
        const row& one = rows[i];
        made += fmt::format("| {} | {} | {} | {} | {:.2f} s |\n", mark(one), plain(one.name),
                            plain(one.network), passed(one),
                            one.elapsed_ms / 1e3 / static_cast<double>(one.runs));
    }
    if (rows.size() > rows_max) made += fmt::format("\n… and {} more\n", rows.size() - rows_max);
    return made + "\n";
}

std::string failure(const json& run)
{
    std::vector<std::string> lines = unmet_expectations(run);
    if (lines.size() > 5) {
        const std::size_t more = lines.size() - 5;
        lines.resize(5);
        lines.push_back(fmt::format("… and {} more", more));
    }
    if (const std::string replay = run.value("replay", ""); !replay.empty())
        lines.push_back("replay: " + replay);
    return fmt::format("**{}** ({}, seed {}, {}): {}\n\n{}\n", plain(name_of(run)),
                       plain(run.at("network").get<std::string>()), plain_text(run.at("seed")),
                       run.at("verdict").get<std::string>(), plain(headline(run)), fenced(lines));
}

// The first of each scenario, network and kind.
std::string failures(const json& runs)
{
    std::string made;
    std::map<std::string, std::size_t> told;
    for (const json& run : runs) {
        if (run.at("verdict") == "pass") continue;
        json kind{run.at("scenario"), run.value("matrix", json()), run.at("network"),
                  run.at("verdict")};
        for (const json& one : run.value("expectations", json::array()))
            if (!one.at("met").get<bool>()) kind.push_back(one.at("what"));
        if (told[kind.dump()]++ == 0 && told.size() <= failures_max) made += failure(run);
    }
    if (told.size() > failures_max)
        made += fmt::format("… and {} more kinds of failures\n", told.size() - failures_max);
    return made;
}

} // namespace

std::string markdown_report(const json& results)
{
    check_results(results);
    const json& runs = results.at("runs");
    const auto count = [&](const char* verdict) {
        return std::ranges::count_if(runs,
                                     [&](const json& run) { return run.at("verdict") == verdict; });
    };
    std::string made = fmt::format("### badwire: {} of {} runs passed", count("pass"), runs.size());
    for (const char* verdict : {"fail", "inconclusive", "error"})
        if (count(verdict) > 0)
            made += fmt::format(", {} {}", count(verdict),
                                std::string_view(verdict) == "fail" ? "failed" : verdict);
    made += "\n\n";
    if (const auto left = results.find("planned"); left != results.end())
        made += fmt::format("{}: {} of {} runs were made.\n\n",
                            plain(results.value("why_not_run", "interrupted")), runs.size(),
                            plain_text(*left));
    if (const std::vector<row> rows = rows_of(runs); !rows.empty()) made += grid_of(rows);
    return made + failures(runs);
}

} // namespace badwire::reports
