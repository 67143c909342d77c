// Reports for people and for CI, made from results.json and what lies beside it, and from nothing else.
//
// The input is the whole of one results.json, version 1: what one invocation of `badwire run`
// wrote, with all its runs. reports/results.schema.json is its published JSON Schema. "version" and
// "runs" must be there, and in each run "scenario", "network", "seed", "repeat" and "verdict";
// every other key may be missing, and unknown keys are ignored. Anything else throws
// std::invalid_argument: a line for each mistake that says where in the file (as a JSON pointer),
// and what was expected there.
//
// Text in the results, a process's output above all, is never trusted: it may hold HTML, control
// characters or bytes that are not UTF-8, and comes out as text in both reports.
//
// Thread-safety: pure functions, safe to call from any thread. Limits: a report is built in memory,
// about 330 KB for the page itself plus the results and the traces, which are packed and have at most
// 7 MB; pages stay quick up to some 1,000 runs.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace badwire::reports {

/// What lies in a folder of results.
struct folder_contents {
    std::string name; ///< for people
    nlohmann::json results;
    std::vector<std::string>
        traces{}; ///< of each run the text of its trace.json; "": there is none
    nlohmann::json certificate = nullptr; ///< certificate.json; null: there is none
};

// One HTML page that needs nothing else: no network; it works from file://. With `against`, it also
// says how the runs of the two folders differ.
[[nodiscard]] std::string html_report(const folder_contents& shown,
                                      const folder_contents* against = nullptr);

// JUnit XML: a testsuite per scenario, a testcase per run. fail => failure, error => error,
// inconclusive => skipped. Times are wall times in seconds, as CI servers expect.
[[nodiscard]] std::string junit_report(const nlohmann::json& results);

// CSV (RFC 4180, with line feeds): a header, and a row for each run: scenario, title, network, seed,
// repeat, verdict, message, elapsed_ms, wall_ms, matrix.NAME for each parameter, and each measured
// number by the name that it has in a scenario, such as client.retransmissions and
// link.wan.up.dropped. Units stand last in names; what has none is a count. Text that a spreadsheet
// would take for a formula begins with an apostrophe.
[[nodiscard]] std::string csv_report(const nlohmann::json& results);

// Markdown for a pull request: what it all came to, a row for each scenario and network, and why
// runs did not pass. At most some 50 KB, as such places bound what they show.
[[nodiscard]] std::string markdown_report(const nlohmann::json& results);

} // namespace badwire::reports
