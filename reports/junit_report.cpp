#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/report.hpp"
#include "reports/results_check.hpp"
#include "reports/run_texts.hpp"

namespace badwire::reports {
namespace {

using boost::property_tree::ptree;
using nlohmann::json;

// XML 1.0 has no way to write most control characters, nor U+FFFE and U+FFFF, not even as
// references. The writer escapes <, >, & and quotes; what it cannot write becomes U+FFFD here.
std::string xml_text(std::string_view text)
{
    constexpr std::string_view replacement = "\xEF\xBF\xBD";
    // nlohmann's serializer decodes the UTF-8, and replaces bytes that it cannot read.
    const std::string quoted = json(text).dump(-1, ' ', false, json::error_handler_t::replace);
    const std::string valid = json::parse(quoted).get<std::string>();
    std::string out;
    out.reserve(valid.size());
    for (std::size_t at = 0; at < valid.size(); ++at) {
        const auto byte = static_cast<unsigned char>(valid[at]);
        const std::string_view three = std::string_view{valid}.substr(at, 3);
        if (three == "\xEF\xBF\xBE" || three == "\xEF\xBF\xBF") {
            out += replacement;
            at += 2;
        } else if (byte < 0x20 && byte != '\t' && byte != '\n') {
            // A lone \r would be read as \n; \r\n is the same line end.
            out += byte == '\r' ? (three.starts_with("\r\n") ? "" : "\n") : replacement;
        } else {
            out += valid[at];
        }
    }
    return out;
}

// A parser turns line breaks in an attribute into spaces; doing it here makes that explicit.
std::string attribute_text(std::string_view text)
{
    std::string out = xml_text(text);
    for (char& c : out) {
        if (c == '\n' || c == '\t') {
            c = ' ';
        }
    }
    return out;
}

void put_attribute(ptree& element, const char* name, std::string_view value)
{
    element.put(ptree::path_type{fmt::format("<xmlattr>|{}", name), '|'}, attribute_text(value));
}

std::string seconds(double ms) { return fmt::format("{:.3f}", ms / 1000.0); }

double run_wall_ms(const json& run) { return run.value("wall_ms", run.value("elapsed_ms", 0.0)); }

std::string replacing_text(const json& value)
{
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// The words by which this run differs from the other runs of its scenario.
std::string case_name(const json& run)
{
    std::string name =
        fmt::format("{} [{}, seed {}", run.value("title", run.at("scenario").get<std::string>()),
                    run.at("network").get<std::string>(), replacing_text(run.at("seed")));
    if (run.at("repeat") != 0) {
        name += fmt::format(", repeat {}", replacing_text(run.at("repeat")));
    }
    if (run.contains("matrix")) {
        for (const auto& [key, value] : run.at("matrix").items()) {
            name +=
                fmt::format(", {}={}", key,
                            value.is_string() ? value.get<std::string>() : replacing_text(value));
        }
    }
    return name + "]";
}

// The element about a run that did not pass: what was not met, why, and how to repeat the run.
ptree problem(const json& run, const std::string& verdict)
{
    const auto unmet = unmet_expectations(run);
    std::string message = headline(run);
    if (message.empty()) {
        message = unmet.empty() ? verdict : "not met: " + unmet.front();
        if (unmet.size() > 1) {
            message += fmt::format(" (and {} more)", unmet.size() - 1);
        }
    }

    std::string body;
    for (const auto& line : unmet) {
        body += "not met: " + line + "\n";
    }
    if (const std::string why = run.value("message", ""); !why.empty()) {
        body += why + "\n";
    }
    if (const std::string replay = run.value("replay", ""); !replay.empty()) {
        body += "replay: " + replay + "\n";
    }

    ptree element;
    put_attribute(element, "message", message);
    if (verdict != "inconclusive") {
        put_attribute(element, "type", verdict == "fail" ? "expectation" : "harness");
    }
    element.data() = xml_text(body);
    return element;
}

ptree test_case(const json& run)
{
    ptree element;
    put_attribute(element, "name", case_name(run));
    put_attribute(element, "classname", run.at("scenario").get<std::string>());
    put_attribute(element, "time", seconds(run_wall_ms(run)));
    const auto verdict = run.at("verdict").get<std::string>();
    if (verdict == "fail") {
        element.add_child("failure", problem(run, verdict));
    } else if (verdict == "error") {
        element.add_child("error", problem(run, verdict));
    } else if (verdict == "inconclusive") {
        element.add_child("skipped", problem(run, verdict));
    } else if (const json doubts = run.value("vacuous", json::array()); !doubts.empty()) {
        std::string lines;
        for (const auto& doubt : doubts) {
            lines += "pass, but " + doubt.get<std::string>() + "\n";
        }
        element.add_child("system-out", ptree{xml_text(lines)});
    }
    return element;
}

// Whether clients waited as long as theory says.
ptree theory_case(const json& theory)
{
    const auto verdict = theory.at("verdict").get<std::string>();
    const auto message = theory.at("message").get<std::string>();
    ptree element;
    std::string circumstances = theory.at("network").get<std::string>();
    const json matrix = theory.value("matrix", json::object());
    for (const auto& [key, value] : matrix.items()) {
        circumstances += fmt::format(", {}={}", key, replacing_text(value));
    }
    put_attribute(element, "name",
                  fmt::format("{} waits as {} says [{}]", theory.at("clients").get<std::string>(),
                              theory.at("model").get<std::string>(), circumstances));
    put_attribute(element, "classname", theory.at("scenario").get<std::string>());
    put_attribute(element, "time", seconds(0));
    if (verdict == "agrees") {
        return element;
    }
    ptree problem;
    put_attribute(problem, "message", message);
    element.add_child(verdict == "differs" ? "failure" : "skipped", problem);
    return element;
}

struct tally {
    std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;
    double wall_ms = 0;

    void count(const json& run)
    {
        const auto verdict = run.at("verdict").get<std::string>();
        ++tests;
        failures += verdict == "fail";
        errors += verdict == "error";
        skipped += verdict == "inconclusive";
        wall_ms += run_wall_ms(run);
    }

    void count_theory(const json& theory)
    {
        const auto verdict = theory.at("verdict").get<std::string>();
        ++tests;
        failures += verdict == "differs";
        skipped += verdict == "inconclusive";
    }

    void put_into(ptree& element) const
    {
        put_attribute(element, "tests", std::to_string(tests));
        put_attribute(element, "failures", std::to_string(failures));
        put_attribute(element, "errors", std::to_string(errors));
        put_attribute(element, "skipped", std::to_string(skipped));
        put_attribute(element, "time", seconds(wall_ms));
    }
};

ptree test_suite(const std::string& name, const tally& counted, const std::vector<ptree>& cases,
                 const std::string& started)
{
    ptree suite;
    put_attribute(suite, "name", name);
    counted.put_into(suite);
    if (!started.empty()) {
        put_attribute(suite, "timestamp", started);
    }
    for (const ptree& one : cases) {
        suite.add_child("testcase", one);
    }
    return suite;
}

} // namespace

std::string junit_report(const json& results)
{
    check_results(results);

    tally total;
    std::vector<std::string> order; // scenarios in the order of their first run
    std::map<std::string, std::vector<const json*>> by_scenario;
    for (const auto& run : results.at("runs")) {
        auto& runs = by_scenario[run.at("scenario").get<std::string>()];
        if (runs.empty()) {
            order.push_back(run.at("scenario").get<std::string>());
        }
        runs.push_back(&run);
        total.count(run);
    }

    const json theories = results.value("theory", json::array());
    for (const auto& theory : theories) {
        total.count_theory(theory);
    }

    ptree suites;
    put_attribute(suites, "name", results.value("title", "badwire run"));
    total.put_into(suites);
    const std::string started = results.value("started", "");
    for (const auto& scenario : order) {
        tally counted;
        std::vector<ptree> cases;
        for (const json* run : by_scenario[scenario]) {
            counted.count(*run);
            cases.push_back(test_case(*run));
        }
        suites.add_child("testsuite", test_suite(scenario, counted, cases, started));
    }
    if (!theories.empty()) {
        tally counted;
        std::vector<ptree> cases;
        for (const auto& theory : theories) {
            counted.count_theory(theory);
            cases.push_back(theory_case(theory));
        }
        suites.add_child("testsuite", test_suite("theory", counted, cases, started));
    }

    ptree document;
    document.add_child("testsuites", suites);
    std::ostringstream out;
    boost::property_tree::write_xml(
        out, document, boost::property_tree::xml_writer_make_settings<std::string>(' ', 2));
    return std::move(out).str();
}

} // namespace badwire::reports
