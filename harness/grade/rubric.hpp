// rubric.hpp: how submissions are graded: how one is built and started, and the rules that it is held
// to, each with its scenario and its points.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/grade/implementation.hpp"
#include "harness/scenario/scenario.hpp"

namespace badwire::harness {

/// No pattern of at most so many faults among the first packets makes the scenario fail.
struct certificate_asked {
    std::string faults = "drop"; // as badwire certify takes them
    std::size_t at_most = 2;
    std::size_t first = 20;
};

struct grading_rule {
    std::string name;
    std::string title;
    double points = 0;
    std::vector<scenario> scenarios; // one for each combination of the scenario's matrix
    std::vector<std::string> fills;  // roles or processes that the submission takes
    std::string feedback;            // what a student reads who did not get all points
    std::uint64_t seeds = 0;         // hidden ones; 0: the scenario's own, which are no secret
    bool partial = false;            // points for the share of runs that pass, else all or nothing
    std::optional<certificate_asked> certificate; // points for that, instead of runs
};

/// What a submission may take. None of these is a promise; see docs/grading.md.
struct grading_limits {
    std::uint64_t memory_bytes = std::uint64_t{1} << 30; // of each process: what it may write to
    std::uint64_t disk_bytes = std::uint64_t{256} << 20; // of all its files
    std::uint64_t processes = 256;                       // and threads, at a time
    duration rule_time = std::chrono::minutes(2);        // real time, for all runs of a rule
};

struct rubric {
    std::string file;
    std::string title;
    std::string secret; // what hidden seeds are drawn from
    network_kind network = network_kind::virtual_time;
    implementation submission; // how each is built and started; its folder is the submission's
    implementation reference;  // who takes the other places
    grading_limits limits;
    std::vector<grading_rule> rules;

    double points() const;
};

/// Throws mistakes: all that are in the file, each with its place.
rubric load_rubric(const std::filesystem::path& file);

/// The hidden seeds of a rule: always the same ones for a secret.
std::vector<std::uint64_t> hidden_seeds(const rubric& of, const grading_rule& rule);

/// The processes of a scenario that the submission takes, by their names.
std::vector<std::string> filled_processes(const grading_rule& rule, const scenario& what);

} // namespace badwire::harness
