// progress.hpp: what a person, or another program, is told while scenarios run. Called by one thread
// at a time.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "harness/command/terminal.hpp"
#include "harness/judge/agreement.hpp"
#include "harness/run/runner.hpp"

namespace badwire::harness {

enum class output_format { text, github, json_document, json_lines, tap };

struct progress_options {
    output_format format = output_format::text;
    colour_choice colours = colour_choice::automatic;
    bool quiet = false;   // only what did not pass, and the last line
    bool verbose = false; // each repetition, and all that was expected
};

/// --format, --quiet, --verbose, --color
void describe(command_line& command, progress_options& into);

/// What it all came to.
struct outcome {
    const std::vector<run_record>& runs;
    const std::vector<agreement>& theories;
    std::vector<const planned_run*> not_run{}; // and why not: empty where all were
    std::string why_not{};
    duration wall{0};
};

class progress {
public:
    virtual ~progress() = default;

    virtual void expect(std::span<const planned_run> runs) = 0;
    virtual void began(const planned_run& run) = 0;
    virtual void ended(const planned_run& run, const run_record& record) = 0;
    virtual void summary(const outcome& all) = 0;
    /// The whole of results.json, last of all.
    virtual void results(const json& all) = 0;
};

/// For people: a line for every run that ended, and for repetitions one for all; the line of the
/// terminal below. For GitHub also an annotation for each failure, and a summary of the job.
std::unique_ptr<progress> make_text_progress(const progress_options& options);
/// For programs: nothing else comes on standard output, and what people are told goes to standard
/// error.
std::unique_ptr<progress> make_machine_progress(output_format format);

std::unique_ptr<progress> make_progress(const progress_options& options);

/// "Greeting (virtual): 12 runs, seeds 4 to 15", a line for each.
std::vector<std::string> told_not_run(const std::vector<const planned_run*>& runs);

} // namespace badwire::harness
