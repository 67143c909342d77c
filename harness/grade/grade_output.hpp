// grade_output.hpp: what becomes of grades: a table for the teacher, and for each student a report and
// what Gradescope reads. What students are shown holds no hidden seed, and nothing that was drawn from
// one.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "harness/grade/grading.hpp"
#include "harness/grade/points.hpp"

namespace badwire::harness {

struct class_grades {
    const rubric* by = nullptr;
    std::vector<submission_grade> all;
    std::vector<submission> submissions;
    std::vector<meeting> meetings; // against each other
    std::string why_not_confined;
};

/// A row for each submission, a column for each rule (RFC 4180).
std::string grades_csv(const class_grades& grades);

/// The same, with shares, intervals and reasons. It holds no times: a regrade gives the same bytes.
json grades_json(const class_grades& grades);

/// The same as a page, with links to the reports of the students.
std::string grades_page(const class_grades& grades);

/// What Gradescope's autograder takes as results.json.
json gradescope_json(const rubric& by, const submission_grade& one);

/// What a student is to read.
std::string student_page(const rubric& by, const submission_grade& one);

/// The runs of all, for results.json: with the submission and the rule as their matrix. Their packets
/// are written into folders of their own below `folder`.
json write_runs(const class_grades& grades, const std::filesystem::path& folder);

/// Writes grades.csv, grades.json, index.html, and for each submission students/NAME/report.html,
/// results.json and, of runs whose seeds are no secret, runs.html.
void write_grades(const class_grades& grades, const std::filesystem::path& folder);

} // namespace badwire::harness
