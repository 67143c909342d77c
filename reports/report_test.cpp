#include "reports/report.hpp"

#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/live.hpp"
#include "reports/packed.hpp"

namespace badwire::reports {
namespace {

using boost::property_tree::ptree;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

json sample(const std::string& name)
{
    std::ifstream file{std::string{BADWIRE_REPORT_SAMPLES} + "/" + name + ".json"};
    return json::parse(file);
}

json minimal_run(const std::string& verdict)
{
    return {{"scenario", "a.json"},
            {"network", "virtual"},
            {"seed", 1},
            {"repeat", 0},
            {"verdict", verdict}};
}

json minimal(const std::string& verdict = "pass")
{
    return {{"version", 1}, {"runs", json::array({minimal_run(verdict)})}};
}

ptree parsed(const std::string& xml)
{
    std::istringstream in{xml};
    ptree tree;
    boost::property_tree::read_xml(in, tree);
    return tree;
}

std::string html_of(json results) { return html_report({"out", std::move(results), {}, nullptr}); }

std::string embedded_results(const std::string& page)
{
    const std::string open = R"(<script type="application/json" id="results">)";
    const auto from = page.find(open) + open.size();
    return page.substr(from, page.find("</script>", from) - from);
}

std::string refusal(const json& results)
{
    try {
        (void)junit_report(results);
    } catch (const std::invalid_argument& error) {
        EXPECT_THROW((void)html_of(results), std::invalid_argument);
        return error.what();
    }
    return "";
}

std::size_t occurrences(const std::string& text, const std::string& what)
{
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
        ++found;
    }
    return found;
}

TEST(HtmlReport, IsOneFileThatLoadsNothing)
{
    const std::string page = html_of(sample("waiting"));
    EXPECT_THAT(page, StartsWith("<!doctype html>"));
    EXPECT_FALSE(std::regex_search(page, std::regex{R"(<(script|img|iframe)[^>]* src)"}));
    EXPECT_THAT(page, HasSubstr(R"(<link rel="icon" href="data:,">)"));
    EXPECT_EQ(occurrences(page, "<link"), 1U);
    EXPECT_THAT(page, Not(HasSubstr("@import")));
    EXPECT_THAT(page, Not(HasSubstr("url(")));
    EXPECT_THAT(page, Not(HasSubstr("sourceMappingURL")));
    EXPECT_THAT(page, HasSubstr("default-src 'none'; script-src 'sha256-"));
    EXPECT_THAT(page, Not(HasSubstr("unsafe-inline")));
    EXPECT_THAT(page, Not(HasSubstr("{{")));
}

TEST(HtmlReport, CarriesTheResultsUnchanged)
{
    const json results = sample("waiting");
    EXPECT_EQ(json::parse(embedded_results(html_of(results))), results);
}

TEST(HtmlReport, LetsNoTextOfAProcessBecomeMarkup)
{
    const json results = sample("troubled");
    const std::string page = html_of(results);
    const std::string data = embedded_results(page);
    EXPECT_THAT(data, Not(HasSubstr("<")));
    EXPECT_EQ(occurrences(page, "</script"), 4U) << "the data and the two scripts, nothing else";
    EXPECT_EQ(json::parse(data)["runs"][1]["processes"]["server"]["stdout"],
              results["runs"][1]["processes"]["server"]["stdout"]);
}

TEST(HtmlReport, KeepsA64BitSeedExact)
{
    const json data = json::parse(embedded_results(html_of(sample("troubled"))));
    EXPECT_EQ(data["runs"][1]["seed"], "18446744073709551615")
        << "a JavaScript number would round it";
    EXPECT_EQ(data["runs"][0]["seed"], 1);
}

TEST(HtmlReport, ReplacesBytesThatAreNotUtf8)
{
    json results = minimal();
    results["runs"][0]["message"] = "caf\xE9 {{style}}";
    const json data = json::parse(embedded_results(html_of(results)));
    EXPECT_EQ(data["runs"][0]["message"], "caf\xEF\xBF\xBD {{style}}");
}

// Contents that no packing makes smaller.
std::string trace_with(std::size_t packets)
{
    json rows = json::array();
    std::uint64_t state = 1;
    for (std::size_t i = 0; i < packets; ++i) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        rows.push_back({i, "data", std::to_string(state)});
    }
    return json{{"packets", {{"columns", {"at_ms", "words", "head"}}, {"data", rows}}}}.dump();
}

TEST(PackedTraces, KeepAllThatHasRoom)
{
    const auto made = pack_traces({trace_with(10), "", trace_with(20)}, 100'000);
    ASSERT_EQ(made.size(), 3U);
    EXPECT_TRUE(made[1].data.empty());
    for (const auto& one : made) EXPECT_FALSE(one.without_heads || one.left_out);
    EXPECT_EQ(made[0].data, packed(trace_with(10)));
}

TEST(PackedTraces, LoseTheContentsOfTheLargestFirst)
{
    const std::size_t all = packed(trace_with(10)).size() + packed(trace_with(1000)).size();
    const auto made = pack_traces({trace_with(10), trace_with(1000)}, all - 1);
    EXPECT_FALSE(made[0].without_heads);
    EXPECT_TRUE(made[1].without_heads);
    EXPECT_LT(made[1].data.size(), packed(trace_with(1000)).size() / 2);
}

TEST(PackedTraces, GoWhereEvenThatIsTooMuch)
{
    const auto made = pack_traces({trace_with(10), trace_with(1000)}, 1000);
    EXPECT_FALSE(made[0].left_out);
    EXPECT_TRUE(made[1].left_out && made[1].data.empty());
}

TEST(PackedTraces, WhatIsNoTraceIsKeptAsItIs)
{
    for (const std::string text :
         {"", "{", "[]", R"({"packets": 1})", R"({"packets": {"data": 1}})"})
        EXPECT_NO_THROW((void)pack_traces({text}, 0)) << text;
}

TEST(LivePage, AsksOnlyItsOwnServer)
{
    const std::string page = live_page("<b>wan</b>");
    EXPECT_THAT(page, HasSubstr("connect-src 'self'"));
    EXPECT_THAT(page, Not(HasSubstr("<b>")));
    EXPECT_THAT(html_of(minimal()), HasSubstr("connect-src 'none'"));
}

TEST(JunitReport, CountsEveryVerdictAndGroupsByScenario)
{
    const ptree document = parsed(junit_report(sample("troubled")));
    const ptree& suites = document.get_child("testsuites");
    EXPECT_EQ(suites.get<int>("<xmlattr>.tests"), 4);
    EXPECT_EQ(suites.get<int>("<xmlattr>.failures"), 1);
    EXPECT_EQ(suites.get<int>("<xmlattr>.errors"), 1);
    EXPECT_EQ(suites.get<int>("<xmlattr>.skipped"), 1);
    EXPECT_EQ(suites.count("testsuite"), 4U);
    EXPECT_EQ(suites.get<std::string>("testsuite.<xmlattr>.name"), "scenarios/chat/two_peers.json");
    EXPECT_EQ(suites.get<std::string>("testsuite.testcase.<xmlattr>.time"), "0.002");
}

TEST(JunitReport, SaysWhatWasNotMetAndHowToReplayIt)
{
    const ptree document = parsed(junit_report(sample("troubled")));
    std::string failure;
    std::string skipped;
    for (const auto& [name, suite] : document.get_child("testsuites")) {
        failure += suite.get<std::string>("testcase.failure", "");
        skipped += suite.get<std::string>("testcase.skipped.<xmlattr>.message", "");
    }
    EXPECT_THAT(failure, HasSubstr("not met: exit of server is 0: server was still running"));
    EXPECT_THAT(failure, HasSubstr("not met: payload.txt equals"));
    EXPECT_THAT(failure, Not(HasSubstr("exit of client")));
    EXPECT_THAT(failure, HasSubstr("replay: badwire run scenarios/ftp/classic_loss.json --network "
                                   "virtual --seed 18446744073709551615"));
    EXPECT_THAT(skipped, HasSubstr("too busy"));
}

TEST(JunitReport, SaysWhatAPassDoesNotProve)
{
    json results = minimal();
    results["runs"][0] = minimal_run("pass");
    results["runs"][0]["vacuous"] = {"wan.loss: it struck none of 12 packets"};
    const ptree document = parsed(junit_report(results));
    EXPECT_EQ(document.get<std::string>("testsuites.testsuite.testcase.system-out"),
              "pass, but wan.loss: it struck none of 12 packets\n");
}

TEST(JunitReport, TellsRunsOfOneScenarioApart)
{
    json results = minimal();
    results["runs"].push_back(minimal_run("fail"));
    results["runs"][1]["repeat"] = 3;
    results["runs"][1]["matrix"] = {{"loss", 0.05}, {"mode", "lines"}};
    const std::string xml = junit_report(results);
    EXPECT_EQ(parsed(xml).get_child("testsuites").count("testsuite"), 1U);
    EXPECT_THAT(xml, HasSubstr("a.json [virtual, seed 1]"));
    EXPECT_THAT(xml, HasSubstr("a.json [virtual, seed 1, repeat 3, loss=0.05, mode=lines]"));
}

TEST(JunitReport, StaysWellFormedWhateverAMessageHolds)
{
    json results = minimal("error");
    results["runs"][0]["message"] =
        std::string{"<&>\"' ]]> \x01\x1b[31m \xFF caf\xE9 \xEF\xBF\xBE"} + '\0' + "a\r\nb\rc";
    const std::string xml = junit_report(results);
    for (const char c : xml) {
        EXPECT_FALSE(c >= 0 && c < 0x20 && c != '\n' && c != '\t')
            << "control character " << int{c};
    }
    EXPECT_THAT(xml, Not(HasSubstr("\xFF")));
    EXPECT_THAT(xml, Not(HasSubstr("]]>")));
    const auto body = parsed(xml).get<std::string>("testsuites.testsuite.testcase.error");
    EXPECT_THAT(body, HasSubstr("<&>\"' ]]> \xEF\xBF\xBD\xEF\xBF\xBD[31m"));
    EXPECT_THAT(body, HasSubstr("a\nb\nc"));
}

TEST(Reports, TolerateMissingOptionalKeysAndNoRuns)
{
    EXPECT_NO_THROW((void)html_of(minimal()));
    EXPECT_NO_THROW((void)junit_report(minimal()));
    const json empty = {{"version", 1}, {"runs", json::array()}, {"new in a later release", 1}};
    EXPECT_NO_THROW((void)html_of(empty));
    EXPECT_EQ(parsed(junit_report(empty)).get<int>("testsuites.<xmlattr>.tests"), 0);
}

TEST(Reports, RefuseBadInputAndSayWhereAndWhy)
{
    EXPECT_THAT(refusal(json::array()), HasSubstr("results: expected an object, found []"));
    EXPECT_THAT(refusal({{"runs", json::array()}}),
                HasSubstr("expected a key \"version\": an integer"));
    EXPECT_THAT(refusal({{"version", 2}, {"runs", json::array()}}),
                HasSubstr("/version: expected 1, the only version this badwire reads, found 2"));

    json results = minimal("maybe");
    EXPECT_THAT(refusal(results), HasSubstr("/runs/0/verdict: expected \"pass\", \"fail\", "
                                            "\"inconclusive\" or \"error\", found \"maybe\""));
    results = minimal();
    results["runs"][0].erase("seed");
    EXPECT_THAT(refusal(results), HasSubstr("/runs/0: expected a key \"seed\": an integer"));

    results = minimal();
    results["runs"][0]["links"] = {{"a/b", {{"up", {{"dropped", -1}}}}}};
    EXPECT_THAT(
        refusal(results),
        HasSubstr("/runs/0/links/a~1b/up/dropped: expected an integer of at least 0, found -1"));
}

TEST(Reports, TakeAThousandRuns)
{
    json results = minimal();
    for (int i = 1; i < 1000; ++i) {
        results["runs"].push_back(minimal_run(i % 10 == 0 ? "fail" : "pass"));
        results["runs"].back()["repeat"] = i;
    }
    EXPECT_EQ(parsed(junit_report(results)).get<int>("testsuites.<xmlattr>.failures"), 99);
    EXPECT_EQ(json::parse(embedded_results(html_of(results)))["runs"].size(), 1000U);
}

} // namespace
} // namespace badwire::reports
