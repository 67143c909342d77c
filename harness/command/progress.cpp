#include "harness/command/progress.hpp"

#include <algorithm>
#include <map>

#include "harness/command/told_runs.hpp"

namespace badwire::harness {

void describe(command_line& command, progress_options& into)
{
    static const std::map<std::string, output_format> formats{
        {"text", output_format::text},
        {"github", output_format::github},
        {"json", output_format::json_document},
        {"jsonl", output_format::json_lines},
        {"tap", output_format::tap}};
    command.one_of(
        "--format", {"text", "github", "json", "jsonl", "tap"},
        [&into](const std::string& given) { into.format = formats.at(given); },
        "What stands on standard output: text for people; for GitHub Actions the same with "
        "annotations and a summary of the job; results.json as a whole, or as it grows a JSON "
        "object a line; or TAP. For programs nothing else stands there: people read standard "
        "error");
    command.flag("-q,--quiet", into.quiet, "Tell only what did not pass, and what it all came to");
    command.flag("-v,--verbose", into.verbose,
                 "Tell of each repetition, and of all that was expected");
    describe_colour(command, into.colours);
}

std::unique_ptr<progress> make_progress(const progress_options& options)
{
    const bool people =
        options.format == output_format::text || options.format == output_format::github;
    if (!people) talk_to_people_on(stderr);
    return people ? make_text_progress(options) : make_machine_progress(options.format);
}

std::vector<std::string> told_not_run(const std::vector<const planned_run*>& runs)
{
    struct left {
        std::string name;
        std::size_t count = 0;
        std::uint64_t first_seed = UINT64_MAX, last_seed = 0;
    };
    std::vector<left> all;
    std::map<std::pair<const scenario*, network_kind>, std::size_t> places;
    for (const planned_run* const one : runs) {
        const auto [at, is_new] = places.try_emplace({one->what, one->network}, all.size());
        if (is_new)
            all.push_back({fmt::format("{} ({})", label(*one->what), to_string(one->network))});
        left& of = all[at->second];
        ++of.count;
        of.first_seed = std::min(of.first_seed, one->seed);
        of.last_seed = std::max(of.last_seed, one->seed);
    }
    constexpr std::size_t lines_max = 20;
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < std::min(all.size(), lines_max); ++i)
        lines.push_back(all[i].count == 1
                            ? fmt::format("{}, seed {}", all[i].name, all[i].first_seed)
                            : fmt::format("{}: {} runs, seeds {} to {}", all[i].name, all[i].count,
                                          all[i].first_seed, all[i].last_seed));
    if (all.size() > lines_max)
        lines.push_back(fmt::format("… and of {} more scenarios", all.size() - lines_max));
    return lines;
}

} // namespace badwire::harness
