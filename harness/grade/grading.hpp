// grading.hpp: makes the runs of a rubric for one submission after the other, each in a worker of its
// own (confinement.hpp), and takes what happened from the workers.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "harness/grade/points.hpp"

namespace badwire::harness {

struct grading_options {
    unsigned jobs = 1;                         // workers at a time
    std::vector<std::filesystem::path> hidden; // from submissions, beside the others and the rubric
    const std::atomic<bool>* cancelled = nullptr;
};

/// A submission: a folder, by whose name its author is known.
struct submission {
    std::string name;
    std::filesystem::path folder;
};

/// The folders below `all`, by name; without those that begin with a dot. Throws net::failure.
std::vector<submission> find_submissions(const std::filesystem::path& all);

/// Two submissions that talk to each other under one rule.
struct meeting {
    std::size_t client = 0, server = 0; // of the submissions
    std::size_t rule = 0;
    rule_outcome outcome;

    bool passed() const { return outcome.passed == outcome.runs; }
};

class grader {
public:
    /// Both must outlive it.
    grader(const rubric& by, const grading_options& options);

    /// Why submissions are not kept apart; empty: they are.
    const std::string& why_not_confined() const { return why_not_confined_; }

    using watcher = std::function<void(const submission_grade&)>;
    /// In the order of `all`; told of in the order in which they are done. Those that were not graded
    /// when it was cancelled are left out.
    std::vector<submission_grade> grade(const std::vector<submission>& all, const watcher& tell);

    /// Every one as client of every one, under each rule with two sides, once.
    std::vector<meeting> meet(const std::vector<submission>& all,
                              const std::function<void(const meeting&)>& tell);

private:
    const rubric& rubric_;
    const grading_options& options_;
    std::string why_not_confined_;
};

} // namespace badwire::harness
