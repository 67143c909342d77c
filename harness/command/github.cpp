#include "harness/command/github.hpp"

#include <cstdlib>
#include <fstream>

#include "harness/command/told_runs.hpp"
#include "reports/report.hpp"
#include "sim/control/gatekeeper.hpp"

namespace badwire::harness {
namespace {

// What would end the message, or a property of it.
std::string escaped(std::string_view text, bool property)
{
    std::string made;
    for (const char c : printable(text)) {
        const bool special = c == '%' || (property && (c == ':' || c == ','));
        if (special) made += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        else made += c;
    }
    return made;
}

} // namespace

github_job::github_job() : token_(control::random_token())
{
    write_raw(stdout, fmt::format("::stop-commands::{}\n", token_));
}

void github_job::annotate(const outcome& all) const
{
    constexpr std::size_t most = 50; // a job shows no more
    write_raw(stdout, fmt::format("::{}::\n", token_));
    std::size_t told = 0;
    for (const run_record& run : all.runs) {
        if (run.verdict == verdict::pass || ++told > most) continue;
        const std::string title =
            fmt::format("{} ({}, seed {}): {}", label(*run.what), to_string(run.network), run.seed,
                        to_string(run.verdict));
        write_raw(stdout,
                  fmt::format("::{} file={},title={}::{}%0A{}\n",
                              run.verdict == verdict::inconclusive ? "warning" : "error",
                              escaped(run.what->file, true), escaped(title, true),
                              escaped(headline(run), false), escaped(replay_command(run), false)));
    }
}

void github_job::summarize(const json& results)
{
    const char* const file = std::getenv("GITHUB_STEP_SUMMARY");
    if (file == nullptr || *file == '\0') return;
    std::ofstream out(file, std::ios::app);
    out << reports::markdown_report(results);
    if (!out.flush())
        complain("badwire run: cannot append the summary to {}, which GITHUB_STEP_SUMMARY names\n",
                 file);
}

} // namespace badwire::harness
