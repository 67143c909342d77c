#include <cstdlib>

#include <pwd.h>
#include <unistd.h>

#include "harness/command/commands.hpp"
#include "harness/command/interrupts.hpp"
#include "harness/command/terminal.hpp"
#include "harness/grade/grade_output.hpp"
#include "harness/grade/grading.hpp"
#include "harness/run/output.hpp"
#include "impl/base/mistake.hpp"
#include "impl/net/network.hpp"

namespace badwire::harness {
namespace {

namespace fs = std::filesystem;

struct grade_arguments {
    std::string submissions;
    std::string rubric;
    std::string out;
    std::string secret;
    std::string network;
    unsigned jobs = 1;
    bool against_each_other = false;
};

// What no submission may see.
std::vector<fs::path> hidden_folders(const grade_arguments& asked, const rubric& by)
{
    std::vector<fs::path> hidden{"/home", "/root", fs::absolute(asked.rubric).parent_path(),
                                 fs::absolute(asked.submissions), fs::current_path()};
    if (!asked.out.empty()) hidden.push_back(fs::absolute(asked.out));
    if (!by.reference.folder.empty()) hidden.push_back(by.reference.folder);
    if (const char* home = std::getenv("HOME"); home != nullptr) hidden.emplace_back(home);
    if (const passwd* me = getpwuid(getuid()); me != nullptr) hidden.emplace_back(me->pw_dir);
    return hidden;
}

// The rubric as it is to be used. Prints on standard error why there is none.
std::optional<rubric> usable_rubric(const grade_arguments& asked)
{
    try {
        rubric by = load_rubric(asked.rubric);
        if (!asked.secret.empty()) by.secret = asked.secret;
        if (!asked.network.empty()) by.network = *parse_network_kind(asked.network);
        for (const grading_rule& rule : by.rules)
            if (rule.seeds > 0 && by.secret.empty())
                throw mistake("", fmt::format("rule \"{}\" has hidden seeds, which are drawn from "
                                              "a secret; give the rubric a key \"secret\", or use "
                                              "--secret",
                                              rule.name));
        return by;
    } catch (const mistake& wrong) {
        complain("{}\n", in_file(asked.rubric, wrong));
        return {};
    }
}

void tell(const rubric& by, const submission_grade& one)
{
    say("{:<24} {:>6} of {}\n", one.name, points_text(one.points), points_text(by.points()));
    if (!one.build_failure.empty()) say("    it could not be built: {}\n", one.build_failure);
    for (std::size_t i = 0; i < by.rules.size(); ++i) {
        const rule_grade& grade = one.rules[i];
        if (grade.status == rule_status::passed || grade.status == rule_status::not_built) continue;
        say("    {:>6} of {} {}: {}\n", points_text(grade.points), points_text(by.rules[i].points),
            by.rules[i].title, told(by.rules[i], one.outcomes[i], grade));
        for (const std::string& reason : one.outcomes[i].reasons) say("           {}\n", reason);
    }
}

void tell(const class_grades& grades, const meeting& one)
{
    if (one.passed()) return;
    const auto& reasons = one.outcome.reasons;
    say("{} → {}, {}: {}\n", grades.submissions[one.client].name,
        grades.submissions[one.server].name, grades.by->rules[one.rule].title,
        reasons.empty() ? one.outcome.error : reasons.front());
}

void tell_table(const class_grades& grades)
{
    std::string head;
    for (const grading_rule& rule : grades.by->rules) head += fmt::format(" {:>12.12}", rule.name);
    say("\n{:<24} {:>7}{}\n", "SUBMISSION", "POINTS", head);
    for (const submission_grade& one : grades.all) {
        std::string row;
        for (const rule_grade& rule : one.rules)
            row += fmt::format(" {:>12}", points_text(rule.points));
        say("{:<24} {:>7}{}\n", one.name, points_text(one.points), row);
    }
}

// Prints on standard error why not.
std::optional<std::vector<submission>> submissions_of(const grade_arguments& asked)
{
    try {
        auto all = find_submissions(asked.submissions);
        if (!all.empty()) return all;
        complain("badwire grade: there is no folder in {}; expected one for each submission\n",
                 asked.submissions);
    } catch (const net::failure& error) {
        complain("badwire grade: {}\n", error.what());
    }
    return {};
}

int grade(const grade_arguments& asked)
{
    const auto begin = std::chrono::steady_clock::now();
    const auto by = usable_rubric(asked);
    if (!by) return exit_usage;
    const auto all = submissions_of(asked);
    if (!all) return exit_usage;
    std::optional<output_folder> out;
    if (!asked.out.empty()) out.emplace(asked.out, 0);
    const grading_options options{.jobs = asked.jobs,
                                  .hidden = hidden_folders(asked, *by),
                                  .cancelled = &cancel_on_signals()};
    grader grades(*by, options);
    class_grades made;
    made.by = &*by;
    made.submissions = *all;
    made.why_not_confined = grades.why_not_confined();
    if (!made.why_not_confined.empty())
        say("submissions are not kept apart from each other and from the rubric: {}\n",
            made.why_not_confined);
    made.all = grades.grade(*all, [&](const submission_grade& one) { tell(*by, one); });
    if (asked.against_each_other)
        made.meetings = grades.meet(*all, [&](const meeting& one) { tell(made, one); });
    tell_table(made);
    if (out) {
        write_grades(made, asked.out);
        out->finish(
            results_json(write_runs(made, asked.out), std::chrono::steady_clock::now() - begin));
        say("table: {}\n", (fs::path(asked.out) / "index.html").string());
    }
    return exit_code_of_signal().value_or(exit_passed);
}

} // namespace

void add_grade_command(command_line& badwire)
{
    auto asked = std::make_shared<grade_arguments>();
    command_line& command =
        badwire.command("grade", "Grade submissions by a rubric of scenarios with points");
    command.text("SUBMISSIONS", asked->submissions, "A folder with a folder for each submission")
        .required();
    command.text("--rubric", asked->rubric, "How they are built, started and graded")
        .takes("FILE")
        .required();
    command
        .text("--out", asked->out,
              "Write the table, a report for each and their JSON into this folder")
        .takes("DIR");
    command.number("--jobs", asked->jobs, 1, 1024, "How many submissions at a time");
    command.one_of(
        "--network", {"direct", "relay", "virtual"},
        [asked](const std::string& name) { asked->network = name; },
        "Instead of the rubric's; certificates are made in virtual time in any case");
    command.text("--secret", asked->secret, "What hidden seeds are drawn from, else the rubric's")
        .takes("TEXT");
    command.flag("--against-each-other", asked->against_each_other,
                 "Also let every submission be the client of every other one");
    command.explain(
        "Exit codes: 0 all were graded, 2 bad usage or an invalid rubric, 4 the harness itself\n"
        "failed, 130 interrupted. Points are no matter of the exit code.");
    command.does([asked] { return grade(*asked); });
}

} // namespace badwire::harness
