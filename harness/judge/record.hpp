// record.hpp: what happened in one run, as it is judged and written down.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "harness/judge/requests.hpp"
#include "harness/scenario/scenario.hpp"
#include "harness/theory/estimate.hpp"

namespace badwire::harness {

/// A packet that a link dropped.
struct lost_packet {
    std::string link;
    link::direction which = link::direction::up;
    std::string flow;
    std::uint64_t nth = 0; // among those of its direction, from 1
    duration at{0};
    std::string contents{};             // the beginning of the payload
    std::optional<link::segment> tcp{}; // of a TCP segment
    std::string why{};                  // "dropped by loss: asked 0.05, drawn 0.031"
};

/// What a flow of a link lost in one direction.
struct flow_losses {
    std::uint64_t count = 0;
    lost_packet first, last;
};

/// What a process waited for when no more came of the run.
struct pending_wait {
    std::string process;
    std::string what;
    duration since{0}; // the start of the run
};

enum class verdict { pass, fail, inconclusive, error };
std::string_view to_string(verdict which);

inline double to_ms(duration time)
{
    return std::chrono::duration<double, std::milli>(time).count();
}

/// What a process printed, of which only the end is kept where it is long: 4 MiB or more.
struct kept_text {
    std::string text;
    std::uint64_t dropped_bytes = 0; // of the beginning
};

struct process_record {
    std::string name;
    std::string family;
    std::vector<std::string> command; // as started
    std::optional<int> exit;          // 128 + N: ended by signal N; nothing: never started
    bool stopped = false;             // the run ended it
    bool killed = false;              // by one of the scenario's faults, as it is now
    duration started{0};              // since the start of the run
    duration ended{0};
    duration waited{0}; // for a core, since it was ready; on real networks
    kept_text output;
    kept_text errors;
    json metrics = json::object();
    std::vector<seen_request> made, served;
    bool gave_up = false;     // its patience was at an end
    std::string metrics_flaw; // why what it wrote as its metrics cannot be used
};

/// One event of the run's log; the log is in the order in which the harness learned of them. Of
/// printed lines it has the last 16 MiB.
struct log_event {
    process_event what;
    duration at;
    std::string process;
    std::string line; // prints
};

/// What an expectation is about.
enum class concern { exit, text, file, metric, order, strike, recovery };

struct judgement {
    std::string what{};
    bool met = false;
    std::string detail{};
    std::optional<duration>
        missed_by{};          // an unmet one about a time, which may be the machine's fault
    std::string depends_on{}; // whose times: a process, a link, or empty for the run's
    std::string process{};    // the one whose exit or text it is about
    concern about = concern::metric;
};

/// What of the waiting times of one run a theory is held against, without its warm-up.
struct theory_sample {
    theory::estimate waiting{};      // in ms, by batch means, with its 95 % interval
    theory::estimate waiting_wide{}; // the same with an interval that is all but sure
    std::uint64_t unseen = 0;        // clients of whom nobody saw when the server began with them
    double service_mean_ms = 0;
    double service_square_ms2 = 0; // mean of the square
    double gap_ms = 0;             // between two clients of a single server that never rests
    double taking_ms = 0;   // until a client is begun with, where a server is free: the median
    double turned_away = 0; // share of the requests
};

struct run_record {
    const scenario* what = nullptr;
    network_kind network = network_kind::direct;
    std::uint64_t seed = 1;
    std::uint64_t interleaving = 0; // in virtual time
    std::uint64_t repeat = 0;
    bool strict = false; // a pass in which something asked of a link did nothing is a failure

    harness::verdict verdict = verdict::error;
    std::string message;   // why not pass, in one line
    std::string cut_short; // why the run was ended before its processes were done; else empty
    std::string trouble;   // why the harness itself could not do its part: the verdict is error
    std::string beyond_virtual; // what a process did that virtual time does not know: inconclusive
    std::string depends_on_machine; // in virtual time: why another run may differ
    duration elapsed{0};            // in the network's time
    duration wall{0};
    duration harness_waited{0}; // for a core, with its relay; on real networks
    bool time_limit_reached = false;
    bool cancelled = false;      // in the middle: it proves nothing
    json faults = json::array(); // what happened to processes: {"fault", "process", "did", "at_ms"}
    json deadlock{}; // who waited for what, and which packets were lost; null: there was none
    std::vector<pending_wait> pending; // where the run was cut short, as far as is known
    std::vector<flow_losses> lost;

    std::vector<process_record> processes;
    std::vector<log_event> log;
    std::uint64_t log_dropped_lines = 0;
    std::vector<judgement> judgements;
    std::vector<std::string> notes;   // what could be better in the scenario, for people
    std::vector<std::string> vacuous; // of a pass: what was asked of links and did nothing
    std::string folder; // with its files, below that of results.json; empty: nothing is kept
    std::vector<waiting_time> waiting;
    std::uint64_t waiting_left_out = 0; // there were so many that only `load` tells of them
    std::vector<theory_sample> samples; // for each theory of the scenario
    json load{}; // by clients: see load_summary.hpp; null: no load was asked for
    json links = json::object();

    const process_record* find(std::string_view name) const;
};

/// The signal that ended a process: "signal 11 (Segmentation fault)"; empty where none did.
std::string signal_of(const process_record& process);

/// The line of a process's standard error that says what went wrong: of a Python traceback the last,
/// of others the last that begins as an exception's ("TypeError: …"), else the first.
std::string_view telling_line(std::string_view errors);

/// The command that makes this run again and no other, for a shell.
std::string replay_command(const run_record& run);

json to_json(const waiting_time& one);

/// The run as one entry of results.json.
json to_json(const run_record& run);

} // namespace badwire::harness
