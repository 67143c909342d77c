// expectation.hpp: what a scenario expects of a run: a type for each kind of expectation, read from
// JSON. harness/judge/judge.cpp says whether it came true.
//
// A new kind is a type here with a row in expectation.cpp's table, a judgement in judge.cpp and a
// key in schema.json.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "harness/scenario/pattern.hpp"
#include "harness/scenario/strike_name.hpp"
#include "impl/base/reading.hpp"

namespace badwire::harness {

struct scenario;

/// {"exit": {"client": 0, "server": "nonzero"}}
struct exit_codes_expected {
    struct one {
        std::string process;
        std::optional<int> code; // nothing: any but 0
    };
    std::vector<one> all;
};

/// {"output": "client", "contains": "done", "lacks": "error"}; "errors" is standard error.
struct text_expected {
    enum class test { contains, lacks, matches, equals };
    struct one {
        test how;
        std::string wanted;
        std::optional<pattern> regex; // for matches
    };
    bool of_errors = false;
    std::string process;
    std::vector<one> tests;
};

/// {"same_file": ["payload.bin", "server/received/payload.bin"]}, and "different_file".
struct equal_files_expected {
    bool same = true;
    std::string first, second; // below the run's folder
};

/// {"file": "server/log.txt"}, and "no_file".
struct file_expected {
    bool there = true;
    std::string name; // below the run's folder
};

/// A number of a run, by name: "client.retransmissions", "link.wan.up.dropped",
/// "waiting.client.waiting_ms", "load.client.waiting_ms.mean", "elapsed_ms".
struct metric_name {
    enum class holder { process, link, waiting, load, run } of = holder::run;
    std::string object; // the process, the link, the client
    std::string field;  // a path with dots
};

/// {"metric": "client.retransmissions", "at_least": 1}
struct metric_expected {
    enum class bound { at_least, at_most, equals };
    std::string written; // the name as it stands in the scenario
    metric_name name;
    std::vector<std::pair<bound, double>> bounds;
};

/// What a process can be seen to do.
/// Of a process; `complains`: prints a line on standard error.
enum class process_event { starts, prints, complains, ends };

/// {"order": [{"process": "server", "prints": "ready"}, {"process": "client", "event": "starts"}]}
struct order_expected {
    struct step {
        std::string process;
        process_event event = process_event::starts;
        std::optional<pattern> line; // that it prints
    };
    std::vector<step> steps;
};

/// {"struck": "wan.loss"}: that impairment did something to at least one packet or connection.
struct struck_expected {
    strike_name name;
};

/// {"recovers": {"heal_at": "5s", "within": "2s"}}: all links are clean from then on, and the run is
/// over at most so much later.
struct recovery_expected {
    std::chrono::nanoseconds heal_at{0};
    std::chrono::nanoseconds within{0};
};

using expectation =
    std::variant<exit_codes_expected, text_expected, equal_files_expected, file_expected,
                 metric_expected, order_expected, struck_expected, recovery_expected>;

/// Throws mistake, or notes it, for one that says nothing or too much, or names what `in` lacks.
expectation read_expectation(const reading& at, const scenario& in);

} // namespace badwire::harness
