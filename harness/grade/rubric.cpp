#include "harness/grade/rubric.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "harness/lab/certify.hpp"
#include "harness/run/run_folder.hpp"
#include "impl/base/json_text.hpp"
#include "impl/base/text_file.hpp"

namespace badwire::harness {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t rubric_bytes_max = 16 << 20;

// A scenario in a file of its own, or in the rubric itself.
std::vector<scenario> read_rule_scenario(const reading& at, const std::string& rubric_file)
{
    if (at.value().is_object()) {
        try {
            return parse_scenario(at.value().dump(), rubric_file);
        } catch (const mistakes& several) {
            std::vector<mistake> here;
            for (const mistake& one : several.all)
                here.emplace_back(at.pointer() + one.pointer, one.what());
            throw mistakes(std::move(here), several.more);
        }
    }
    const fs::path file = fs::path(rubric_file).parent_path() /
                          at.text("a scenario, or the name of its file beside the rubric");
    try {
        return load_scenario(file);
    } catch (const mistake& wrong) {
        at.wrong(in_file(file.string(), wrong));
    }
}

void read_fills(grading_rule& into, const reading& at)
{
    const auto one = [&](const reading& name) {
        const std::string wanted = name.text("the name of a role or of a process");
        for (const scenario& what : into.scenarios) {
            const auto seats = seats_of(what);
            if (!seats.contains(wanted))
                name.wrong(fmt::format("the scenario has no role or process \"{}\"{}", wanted,
                                       suggestion(wanted, seats)));
        }
        into.fills.push_back(wanted);
    };
    if (!at.value().is_array()) return one(at);
    at.check_array(R"(what the submission takes such as ["udp-ftp-server"])", 1);
    at.each(one);
}

certificate_asked read_certificate(const reading& at)
{
    certificate_asked made;
    at.check_object(R"(what is certified such as {"faults": "drop", "at_most": 2, "first": 20})",
                    {"faults", "at_most", "first"});
    at.with("faults", [&](const reading& faults) {
        made.faults = faults.text("faults such as \"drop,duplicate\"");
        try {
            parse_actions(made.faults);
        } catch (const mistake& wrong) {
            faults.wrong(wrong.what());
        }
    });
    at.with("at_most", [&](const reading& most) {
        made.at_most = most.whole("a number of faults from 0 to 8", 0, 8);
    });
    at.with("first", [&](const reading& first) {
        made.first = first.whole("a number of packets from 1 to 10000", 1, 10'000);
    });
    return made;
}

void read_credit(grading_rule& into, const reading& at)
{
    constexpr std::array<std::string_view, 2> kinds{"all", "share"};
    at.with("seeds", [&](const reading& seeds) {
        into.seeds = seeds.whole("a number of hidden seeds from 1 to 1000", 1, 1000);
    });
    at.with("credit",
            [&](const reading& credit) { into.partial = credit.choice(kinds) == "share"; });
    at.with("certify", [&](const reading& what) { into.certificate = read_certificate(what); });
    if (into.certificate && (at.has("seeds") || at.has("credit")))
        at.wrong("\"certify\" gives all points or none, without seeds; leave out \"seeds\" and "
                 "\"credit\"");
}

grading_rule read_rule(const reading& at, const std::string& file)
{
    grading_rule rule;
    at.check_object("a rule", {"name", "title", "points", "scenario", "fills", "feedback", "seeds",
                               "credit", "certify"});
    at.need("name", "a word by which the rule is known", [&](const reading& name) {
        rule.name = rule.title = name.text("a word");
        if (rule.name.empty()) name.expected("a word by which the rule is known");
    });
    at.with("title", [&](const reading& title) { rule.title = title.text("a line for people"); });
    at.need("points", "how much it is worth", [&](const reading& points) {
        rule.points = points.number("a number of points from 0 to 10000", 0, 10'000);
    });
    at.with("feedback",
            [&](const reading& text) { rule.feedback = text.text("a text for students"); });
    at.attempt([&] { read_credit(rule, at); });
    const bool whole =
        at.need("scenario", "a scenario or the name of its file",
                [&](const reading& what) { rule.scenarios = read_rule_scenario(what, file); });
    if (whole)
        at.need("fills", "the roles that the submission takes",
                [&](const reading& fills) { read_fills(rule, fills); });
    return rule;
}

void read_grading_limits(grading_limits& into, const reading& at)
{
    at.check_object(R"(limits such as {"memory": "512MiB", "rule_time": "1min"})",
                    {"memory", "disk", "processes", "rule_time"});
    constexpr std::uint64_t least = 1 << 20;
    at.with("memory", [&](const reading& size) { into.memory_bytes = size.size_in_bytes(least); });
    at.with("disk", [&](const reading& size) { into.disk_bytes = size.size_in_bytes(least); });
    at.with("processes", [&](const reading& most) {
        into.processes = most.whole("a number from 8 to 100000", 8, 100'000);
    });
    at.with("rule_time", [&](const reading& time) { into.rule_time = time.time(); });
}

void read_submission(implementation& into, const reading& at, const fs::path& beside)
{
    at.check_object("how a submission is built and started",
                    {"build", "build_time_limit", "roles", "otherwise"});
    into = read_implementation(at, "the submission", beside);
    if (!at.has("roles")) at.wrong("expected a key \"roles\": how each role is started");
}

void read_rules(rubric& into, const reading& at)
{
    at.check_array("rules, each with a name, points, a scenario and what is filled", 1);
    std::set<std::string> names;
    at.each([&](const reading& one) {
        into.rules.push_back(read_rule(one, into.file));
        const std::string& name = into.rules.back().name;
        if (!name.empty() && !names.insert(name).second)
            one.wrong(fmt::format("there is a rule \"{}\" before this one", name));
    });
}

rubric read_rubric(const reading& at, const std::string& file)
{
    rubric made;
    made.file = file;
    made.title = fs::path(file).stem().string();
    made.reference = {.name = "badwire", .otherwise_badwire = true};
    const fs::path beside = fs::absolute(file).parent_path();
    at.check_object(R"(a rubric such as {"submission": {…}, "rules": […]})",
                    {"$schema", "title", "description", "secret", "network", "submission",
                     "reference", "limits", "rules"});
    at.with("title", [&](const reading& title) { made.title = title.text("a line for people"); });
    at.with("description", [](const reading& more) { more.text("a text for people"); });
    at.with("secret", [&](const reading& text) { made.secret = text.text("a secret text"); });
    at.with("network", [&](const reading& name) {
        constexpr std::array<std::string_view, 3> kinds{"direct", "relay", "virtual"};
        made.network = *parse_network_kind(name.choice(kinds));
    });
    at.need("submission", "how a submission is built and started",
            [&](const reading& what) { read_submission(made.submission, what, beside); });
    at.with("reference", [&](const reading& what) {
        what.check_object("an implementation", implementation_keys);
        made.reference = read_implementation(what, "the reference", beside);
    });
    at.with("limits", [&](const reading& limits) { read_grading_limits(made.limits, limits); });
    at.need("rules", "a list of rules", [&](const reading& rules) { read_rules(made, rules); });
    return made;
}

} // namespace

double rubric::points() const
{
    return std::accumulate(rules.begin(), rules.end(), 0.0,
                           [](double sum, const auto& rule) { return sum + rule.points; });
}

rubric load_rubric(const fs::path& file)
{
    std::string text;
    try {
        text = read_regular_file(file, rubric_bytes_max);
    } catch (const unreadable& error) {
        throw mistake("", error.what());
    }
    const json whole = parse_json(text);
    mistake_list found;
    std::optional<rubric> made;
    found.attempt([&] { made = read_rubric(reading(whole, found), file.string()); });
    throw_if_any(found, text);
    return std::move(*made);
}

std::vector<std::uint64_t> hidden_seeds(const rubric& of, const grading_rule& rule)
{
    std::vector<std::uint64_t> seeds;
    const std::uint64_t beginning = process_seed(process_seed(0, of.secret), rule.name);
    for (std::uint64_t i = 0; i < rule.seeds; ++i)
        seeds.push_back(process_seed(beginning, std::to_string(i)));
    return seeds;
}

std::vector<std::string> filled_processes(const grading_rule& rule, const scenario& what)
{
    std::vector<std::string> names;
    const auto is_filled = [&](const std::string& name) {
        return std::ranges::find(rule.fills, name) != rule.fills.end();
    };
    for (const auto& [name, process] : what.asked.at("processes").items())
        if (is_role(process) &&
            (is_filled(name) || is_filled(process.at("program").get<std::string>())))
            names.push_back(name);
    return names;
}

} // namespace badwire::harness
