#include "harness/grade/points.hpp"

#include <cmath>

#include <fmt/format.h>

namespace badwire::harness {
namespace {

double rounded(double points) { return std::round(points * 100) / 100; }

} // namespace

std::string_view to_string(rule_status which)
{
    switch (which) {
    case rule_status::passed: return "passed";
    case rule_status::partial: return "partial";
    case rule_status::failed: return "failed";
    case rule_status::unsupported: return "unsupported";
    case rule_status::not_built: return "not built";
    case rule_status::error: return "error";
    }
    return "";
}

rule_grade grade_of(const grading_rule& rule, const rule_outcome& outcome)
{
    rule_grade made;
    const auto passed = static_cast<double>(outcome.passed);
    const auto runs = static_cast<double>(outcome.runs);
    if (outcome.runs > 0) made.share = wilson(passed, runs);
    const bool all = outcome.runs > 0 && outcome.passed == outcome.runs;
    const bool some = rule.partial && outcome.passed > 0;
    if (outcome.not_built) made.status = rule_status::not_built;
    else if (!outcome.error.empty()) made.status = rule_status::error;
    else if (all) made.status = rule_status::passed;
    else if (some) made.status = rule_status::partial;
    else if (outcome.unsupported) made.status = rule_status::unsupported;
    if (made.status == rule_status::passed) made.points = rounded(rule.points);
    if (made.status == rule_status::partial) made.points = rounded(rule.points * passed / runs);
    return made;
}

submission_grade graded(const rubric& by, std::string name, std::string build_failure,
                        std::vector<rule_outcome> outcomes)
{
    submission_grade made{std::move(name), std::move(build_failure), std::move(outcomes), {}, 0};
    for (std::size_t i = 0; i < by.rules.size(); ++i) {
        made.rules.push_back(grade_of(by.rules[i], made.outcomes.at(i)));
        made.points += made.rules.back().points;
    }
    made.points = rounded(made.points);
    return made;
}

std::string told(const grading_rule& rule, const rule_outcome& outcome, const rule_grade& grade)
{
    if (grade.status == rule_status::not_built) return "it could not be built";
    if (grade.status == rule_status::error) return outcome.error;
    if (grade.status == rule_status::unsupported) return "not supported by this submission";
    if (rule.certificate)
        return outcome.passed > 0
                   ? fmt::format("certified: none of at most {} faults ({}) among the first {} "
                                 "packets makes it fail",
                                 rule.certificate->at_most, rule.certificate->faults,
                                 rule.certificate->first)
                   : "not certified";
    if (outcome.runs == 1) return outcome.passed == 1 ? "the run passed" : "the run failed";
    return fmt::format("{} of {} runs passed; 95 % interval {:.0f} % to {:.0f} %", outcome.passed,
                       outcome.runs, 100 * grade.share.low, 100 * grade.share.high);
}

std::string points_text(double points)
{
    std::string text = fmt::format("{:.2f}", points);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
}

} // namespace badwire::harness
