// story.hpp: why a run did not pass, for people: the cause first, in the words of the process and of
// the wire. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/judge/record.hpp"

namespace badwire::harness {

struct story_line {
    enum class source { process, wire, expected, harness };

    source from = source::harness;
    std::string text;
    std::string process{};             // whose words, or whom it concerns; may be empty
    std::optional<duration> at{};      // since the start of the run
    std::optional<lost_packet> lost{}; // the packet that it tells of
};

struct run_story {
    /// crash, exit, deadlock, timeout, refused, wrong_output, wrong_file, wrong_order, slow, metric,
    /// vacuous, inconclusive, harness, not_started or damage_missing.
    std::string kind;
    std::string headline;
    std::vector<story_line> lines; // its reasons, the most telling first
};

/// Nothing where the run passed.
std::optional<run_story> story_of(const run_record& run);

/// {"kind", "headline", "lines": [{"source", "text", "process", "at_ms", "link", "direction", "nth"}]}
json to_json(const run_story& story);

} // namespace badwire::harness
