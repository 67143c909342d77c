#include "harness/grade/grade_output.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/run/runner.hpp"
#include "impl/real/disk_files.hpp"
#include "reports/plain_page.hpp"
#include "reports/report.hpp"

namespace badwire::harness {
namespace {

namespace fs = std::filesystem;
using reports::escaped;

std::string csv_field(const std::string& text)
{
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

std::string out_of(double points, double most)
{
    return fmt::format("{} of {}", points_text(points), points_text(most));
}

// Which class of the report's style sheet a status looks like.
std::string_view style_of(rule_status which)
{
    switch (which) {
    case rule_status::passed: return "pass";
    case rule_status::partial:
    case rule_status::unsupported: return "inconclusive";
    case rule_status::error: return "error";
    case rule_status::failed:
    case rule_status::not_built: break;
    }
    return "fail";
}

std::string status_html(const rule_grade& grade, const std::string& text)
{
    return fmt::format("<span class=\"verdict {}\">{}</span>", style_of(grade.status), text);
}

// What may be said to a student of why a rule was not met.
std::string advice(const grading_rule& rule, const rule_outcome& outcome, const rule_grade& grade)
{
    std::string text = told(rule, outcome, grade) + ".";
    text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
    if (grade.status == rule_status::passed) return text;
    for (const std::string& reason : outcome.reasons) text += "\n- " + reason;
    if (!rule.feedback.empty()) text += "\n" + rule.feedback;
    return text;
}

std::string rows_of(const class_grades& grades)
{
    std::string rows;
    for (const submission_grade& one : grades.all) {
        rows +=
            fmt::format("<tr><th scope=\"row\"><a href=\"students/{0}/report.html\">{0}</a></th>"
                        "<td class=\"number\"><strong>{1}</strong></td>",
                        escaped(one.name), points_text(one.points));
        for (std::size_t i = 0; i < one.rules.size(); ++i) {
            const rule_outcome& outcome = one.outcomes[i];
            const std::string note = one.rules[i].status == rule_status::partial
                                         ? fmt::format("{}/{}", outcome.passed, outcome.runs)
                                         : std::string(to_string(one.rules[i].status));
            rows += fmt::format("<td class=\"number\">{} {}</td>", points_text(one.rules[i].points),
                                status_html(one.rules[i], note));
        }
        rows += "</tr>\n";
    }
    return rows;
}

std::string meetings_html(const class_grades& grades)
{
    if (grades.meetings.empty()) return {};
    std::map<std::pair<std::size_t, std::size_t>, std::pair<int, int>> passed;
    for (const meeting& one : grades.meetings) {
        auto& [good, all] = passed[{one.client, one.server}];
        ++all;
        good += one.passed();
    }
    std::string head, rows;
    for (std::size_t i = 0; i < grades.submissions.size(); ++i) {
        head += fmt::format("<th scope=\"col\">{}</th>", escaped(grades.submissions[i].name));
        rows += fmt::format("<tr><th scope=\"row\">{}</th>", escaped(grades.submissions[i].name));
        for (std::size_t j = 0; j < grades.submissions.size(); ++j) {
            const auto [good, all] = passed[{i, j}];
            rows += fmt::format("<td class=\"number\"><span class=\"verdict {}\">{}/{}</span></td>",
                                good == all ? "pass" : "fail", good, all);
        }
        rows += "</tr>\n";
    }
    return fmt::format("<section><h2>Against each other</h2><div class=\"scroll\"><table>"
                       "<caption>Rules that a client (rows) meets with a server (columns)"
                       "</caption><thead><tr><td></td>{}</tr></thead><tbody>\n{}</tbody></table>"
                       "</div></section>",
                       head, rows);
}

std::string paragraph(const std::string& text)
{
    return text.empty() ? "" : fmt::format("<p class=\"quiet\">{}</p>", escaped(text));
}

std::string not_confined(const class_grades& grades)
{
    if (grades.why_not_confined.empty()) return {};
    return fmt::format("Submissions were not kept apart from each other and from the rubric, for "
                       "this system forbids it: {}",
                       grades.why_not_confined);
}

// Of runs with the scenario's own seeds, what the processes printed that did not do their job.
std::string printed_html(const grading_rule& rule, const rule_outcome& outcome)
{
    if (rule.seeds > 0 || rule.certificate) return {};
    for (const json& run : outcome.entries) {
        if (run.value("verdict", "") == "pass") continue;
        std::string all;
        const json processes = run.value("processes", json::object());
        for (const auto& [name, process] : processes.items())
            for (const char* const stream : {"stdout", "stderr"})
                if (const std::string text = process.value(stream, ""); !text.empty())
                    all += fmt::format("<h4>{} of {}</h4><pre tabindex=\"0\">{}</pre>", stream,
                                       escaped(name), escaped(text));
        if (!all.empty())
            return fmt::format("<details class=\"output\"><summary>What was printed</summary>{}"
                               "</details>",
                               all);
    }
    return {};
}

bool shows_runs(const rubric& by, const submission_grade& one)
{
    for (std::size_t i = 0; i < by.rules.size(); ++i)
        if (by.rules[i].seeds == 0 && !one.outcomes[i].entries.empty()) return true;
    return false;
}

std::string taken_trace(json& run)
{
    std::string trace = run.value("trace", "");
    run.erase("trace");
    return trace;
}

// The report of the runs that a student may look at.
std::string runs_page(const rubric& by, const submission_grade& one)
{
    reports::folder_contents shown;
    shown.name = one.name;
    json entries = json::array();
    for (std::size_t i = 0; i < by.rules.size(); ++i)
        for (json run : by.rules[i].seeds > 0 ? json::array() : one.outcomes[i].entries) {
            shown.traces.push_back(taken_trace(run));
            run["scenario"] = fs::path(run.value("scenario", "")).filename().string();
            run["title"] = by.rules[i].title;
            entries.push_back(std::move(run));
        }
    const std::string text = results_json(std::move(entries), duration(0))
                                 .dump(-1, ' ', false, json::error_handler_t::replace);
    shown.results = nlohmann::json::parse(text);
    return reports::html_report(shown);
}

} // namespace

std::string grades_csv(const class_grades& grades)
{
    std::string text = "submission,points";
    for (const grading_rule& rule : grades.by->rules) text += "," + csv_field(rule.name);
    for (const grading_rule& rule : grades.by->rules)
        text += "," + csv_field(rule.name + " status");
    text += "\r\n";
    for (const submission_grade& one : grades.all) {
        text += csv_field(one.name) + "," + points_text(one.points);
        for (const rule_grade& rule : one.rules) text += "," + points_text(rule.points);
        for (const rule_grade& rule : one.rules) text += fmt::format(",{}", to_string(rule.status));
        text += "\r\n";
    }
    return text;
}

json grades_json(const class_grades& grades)
{
    json submissions = json::array();
    for (const submission_grade& one : grades.all) {
        json rules = json::array();
        for (std::size_t i = 0; i < one.rules.size(); ++i)
            rules.push_back({{"name", grades.by->rules[i].name},
                             {"points", one.rules[i].points},
                             {"points_max", grades.by->rules[i].points},
                             {"status", to_string(one.rules[i].status)},
                             {"passed", one.outcomes[i].passed},
                             {"runs", one.outcomes[i].runs},
                             {"interval", {one.rules[i].share.low, one.rules[i].share.high}},
                             {"reasons", one.outcomes[i].reasons},
                             {"error", one.outcomes[i].error}});
        submissions.push_back({{"name", one.name},
                               {"points", one.points},
                               {"build_failure", one.build_failure},
                               {"rules", std::move(rules)}});
    }
    json meetings = json::array();
    for (const meeting& one : grades.meetings)
        meetings.push_back({{"client", grades.submissions[one.client].name},
                            {"server", grades.submissions[one.server].name},
                            {"rule", grades.by->rules[one.rule].name},
                            {"passed", one.passed()},
                            {"reasons", one.outcome.reasons}});
    json made{{"version", 1},
              {"title", grades.by->title},
              {"points_max", grades.by->points()},
              {"network", to_string(grades.by->network)},
              {"kept_apart", grades.why_not_confined.empty()},
              {"submissions", std::move(submissions)}};
    if (!grades.why_not_confined.empty()) made["why_not_kept_apart"] = grades.why_not_confined;
    if (!meetings.empty()) made["against_each_other"] = std::move(meetings);
    return made;
}

std::string grades_page(const class_grades& grades)
{
    std::string head;
    for (const grading_rule& rule : grades.by->rules)
        head += fmt::format("<th scope=\"col\" class=\"number\">{}<br>{}</th>", escaped(rule.title),
                            points_text(rule.points));
    const std::string body = fmt::format(
        "<header><p class=\"brand\">badwire</p><h1>{}</h1><p class=\"facts\">{} submissions, {} "
        "points at most, network {}</p></header>\n<main>{}<section><h2>Points</h2>"
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Points\"><table>"
        "<thead><tr><th scope=\"col\">Submission</th><th scope=\"col\" class=\"number\">Points</th>"
        "{}</tr></thead><tbody>\n{}</tbody></table></div></section>{}</main>"
        "<footer><p>The same as grades.csv and grades.json; every run is in "
        "<a href=\"report.html\">report.html</a>, which is not for students.</p></footer>",
        escaped(grades.by->title), grades.all.size(), points_text(grades.by->points()),
        to_string(grades.by->network), paragraph(not_confined(grades)), head, rows_of(grades),
        meetings_html(grades));
    return reports::plain_page(grades.by->title, body);
}

json gradescope_json(const rubric& by, const submission_grade& one)
{
    json tests = json::array();
    for (std::size_t i = 0; i < by.rules.size(); ++i)
        tests.push_back(
            {{"name", by.rules[i].title},
             {"number", std::to_string(i + 1)},
             {"score", one.rules[i].points},
             {"max_score", by.rules[i].points},
             {"status", one.rules[i].status == rule_status::passed ? "passed" : "failed"},
             {"output", advice(by.rules[i], one.outcomes[i], one.rules[i])},
             {"output_format", "text"},
             {"visibility", "visible"}});
    json made{{"score", one.points}, {"visibility", "visible"}, {"stdout_visibility", "hidden"}};
    if (!one.build_failure.empty()) made["output"] = "It could not be built: " + one.build_failure;
    made["tests"] = std::move(tests);
    return made;
}

std::string student_page(const rubric& by, const submission_grade& one)
{
    std::string rules;
    for (std::size_t i = 0; i < by.rules.size(); ++i)
        rules += fmt::format(
            "<section><h2>{} {}</h2><p>{}</p><p class=\"message {}\">{}</p>{}</section>\n",
            escaped(by.rules[i].title),
            status_html(one.rules[i], std::string(to_string(one.rules[i].status))),
            out_of(one.rules[i].points, by.rules[i].points), style_of(one.rules[i].status),
            escaped(advice(by.rules[i], one.outcomes[i], one.rules[i])),
            printed_html(by.rules[i], one.outcomes[i]));
    if (!one.build_failure.empty())
        rules = fmt::format("<section><h2>It could not be built</h2><pre tabindex=\"0\">{}</pre>"
                            "</section>\n",
                            escaped(one.build_failure)) +
                rules;
    return reports::plain_page(
        by.title + ": " + one.name,
        fmt::format("<header><p class=\"brand\">badwire</p><h1>{}</h1><p class=\"facts\">{}: {} "
                    "points</p></header>\n<main>{}</main>{}",
                    escaped(by.title), escaped(one.name), out_of(one.points, by.points()), rules,
                    shows_runs(by, one)
                        ? "<footer><p><a href=\"runs.html\">What was sent and printed in the runs "
                          "whose seeds are no secret</a></p></footer>"
                        : ""));
}

json write_runs(const class_grades& grades, const fs::path& folder)
{
    json all = json::array();
    const auto take = [&](const json& entries, const json& matrix) {
        for (json run : entries) {
            json named = matrix;
            if (run.contains("matrix")) named.update(run["matrix"]);
            run["matrix"] = std::move(named);
            if (const std::string trace = taken_trace(run); !trace.empty()) {
                const std::string place = fmt::format("runs/{:04}", all.size() + 1);
                fs::create_directories(folder / place);
                net::disk_files(folder / place).write("trace.json", trace);
                run["folder"] = place;
            }
            all.push_back(std::move(run));
        }
    };
    for (const submission_grade& one : grades.all)
        for (std::size_t i = 0; i < one.outcomes.size(); ++i)
            take(one.outcomes[i].entries,
                 {{"submission", one.name}, {"rule", grades.by->rules[i].name}});
    for (const meeting& one : grades.meetings)
        take(one.outcome.entries, {{"client", grades.submissions[one.client].name},
                                   {"server", grades.submissions[one.server].name},
                                   {"rule", grades.by->rules[one.rule].name}});
    return all;
}

void write_grades(const class_grades& grades, const fs::path& folder)
{
    const auto dumped = [](const json& what) {
        return what.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
    };
    net::disk_files files(folder);
    files.write("grades.csv", grades_csv(grades));
    files.write("grades.json", dumped(grades_json(grades)));
    files.write("index.html", grades_page(grades));
    for (const submission_grade& one : grades.all) {
        const fs::path place = folder / "students" / one.name;
        fs::create_directories(place);
        net::disk_files of_student(place);
        of_student.write("report.html", student_page(*grades.by, one));
        of_student.write("results.json", dumped(gradescope_json(*grades.by, one)));
        if (shows_runs(*grades.by, one)) of_student.write("runs.html", runs_page(*grades.by, one));
    }
}

} // namespace badwire::harness
