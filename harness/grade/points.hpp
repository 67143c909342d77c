// points.hpp: what became of a submission under each rule, and how many points that is. Pure.
#pragma once

#include <string>
#include <vector>

#include "harness/grade/rubric.hpp"
#include "impl/base/share.hpp"

namespace badwire::harness {

enum class rule_status { passed, partial, failed, unsupported, not_built, error };
std::string_view to_string(rule_status which);

/// What happened under one rule.
struct rule_outcome {
    std::uint64_t runs = 0; // that count, whether they could be made or not; 1 for a certificate
    std::uint64_t passed = 0;
    bool unsupported = false; // it has no such role, or said so itself: it exited with 127
    bool not_built = false;
    std::string error;                // what the harness could not do; it is nobody's failure
    std::vector<std::string> reasons; // why not all passed, each kind once; tells no hidden seed
    json entries = json::array();     // of runs, as in results.json
};

struct rule_grade {
    rule_status status = rule_status::failed;
    double points = 0;
    interval share{0, 1}; // of runs that pass: where it lies, by those that were made
};

/// Points are rounded to hundredths.
rule_grade grade_of(const grading_rule& rule, const rule_outcome& outcome);

struct submission_grade {
    std::string name;
    std::string build_failure;
    std::vector<rule_outcome> outcomes; // one for each rule
    std::vector<rule_grade> rules;
    double points = 0;
};

/// The grade of what happened; `outcomes` as the rubric's rules.
submission_grade graded(const rubric& by, std::string name, std::string build_failure,
                        std::vector<rule_outcome> outcomes);

/// "17 of 20 runs passed, 64 % to 95 % of such runs would"
std::string told(const grading_rule& rule, const rule_outcome& outcome, const rule_grade& grade);

/// "7", "6.5", "0.33"
std::string points_text(double points);

} // namespace badwire::harness
