// CSV and Markdown.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/report.hpp"

using nlohmann::json;
namespace reports = badwire::reports;

namespace {

json one_run(json more)
{
    json run{{"scenario", "a.json"}, {"title", "A"},      {"network", "virtual"}, {"seed", 1},
             {"repeat", 0},          {"verdict", "pass"}, {"message", ""}};
    run.update(more);
    return run;
}

json with_runs(json runs) { return {{"version", 1}, {"runs", std::move(runs)}}; }

} // namespace

TEST(CsvReport, EachRunIsARowAndEachNumberAColumn)
{
    const json first =
        one_run({{"matrix", {{"loss", 0.1}}},
                 {"elapsed_ms", 2.5},
                 {"processes", {{"client", {{"exit", 0}, {"metrics", {{"sent", 7}}}}}}},
                 {"links", {{"wan", {{"up", {{"offered", 9}}}}}}}});
    const json second = one_run({{"seed", 2}, {"processes", {{"client", {{"exit", nullptr}}}}}});
    EXPECT_EQ(reports::csv_report(with_runs(json::array({first, second}))),
              "scenario,title,network,seed,repeat,verdict,message,elapsed_ms,wall_ms,matrix.loss,"
              "client.exit,client.sent,link.wan.up.offered\n"
              "a.json,A,virtual,1,0,pass,,2.5,,0.1,0,7,9\n"
              "a.json,A,virtual,2,0,pass,,,,,,,\n");
}

TEST(CsvReport, TextIsQuotedAndNeverAFormula)
{
    const json run = one_run(
        {{"verdict", "fail"}, {"message", "=cmd|'/c calc'!A1"}, {"title", "one, \"two\"\nthree"}});
    const std::string made = reports::csv_report(with_runs(json::array({run})));
    EXPECT_NE(made.find("a.json,\"one, \"\"two\"\"\nthree\",virtual"), std::string::npos) << made;
    EXPECT_NE(made.find(",'=cmd|"), std::string::npos) << made;
}

TEST(MarkdownReport, TellsFailuresFirstAndRepetitionsAsOneRow)
{
    json runs = json::array();
    for (int i = 0; i < 19; ++i) runs.push_back(one_run({{"seed", i}}));
    runs.push_back(one_run({{"scenario", "b.json"}, {"title", "B"}}));
    runs.push_back(one_run({{"seed", 19},
                            {"verdict", "fail"},
                            {"message", "client: it exited with 1"},
                            {"replay", "badwire run a.json --seed 19"}}));
    const std::string made = reports::markdown_report(with_runs(runs));
    EXPECT_TRUE(made.starts_with("### badwire: 20 of 21 runs passed, 1 failed\n")) << made;
    EXPECT_NE(made.find("| ❌ | A | virtual | 19 of 20, 95 % interval 0.76–0.99 |"),
              std::string::npos)
        << made;
    EXPECT_LT(made.find("| ❌ | A |"), made.find("| ✅ | B |"));
    EXPECT_NE(made.find("```\nreplay: badwire run a.json --seed 19\n```"), std::string::npos)
        << made;
}

TEST(MarkdownReport, WhatAProcessPrintedIsNoMarkup)
{
    const json run = one_run({{"verdict", "fail"},
                              {"title", "a | b <script>"},
                              {"message", "ask @everybody, see [this](http://x) `now`\n# big"},
                              {"replay", "echo ```\n```"}});
    const std::string made = reports::markdown_report(with_runs(json::array({run})));
    for (const char* bad : {"<script>", "@everybody", "[this](", "http://", "\n# big"})
        EXPECT_EQ(made.find(bad), std::string::npos) << bad << "\n" << made;
    EXPECT_NE(made.find("a \\| b"), std::string::npos) << made;
    EXPECT_NE(made.find("````"), std::string::npos) << "a longer fence";
}

TEST(MarkdownReport, ManyFailuresStaySmall)
{
    json runs = json::array();
    for (int i = 0; i < 1000; ++i)
        runs.push_back(one_run(
            {{"scenario", std::to_string(i)},
             {"verdict", "fail"},
             {"message", std::string(5000, 'x')},
             {"expectations", json::array({{{"what", std::string(5000, 'y')}, {"met", false}}})}}));
    const std::string made = reports::markdown_report(with_runs(runs));
    EXPECT_LT(made.size(), 60'000U);
    EXPECT_NE(made.find("980 more"), std::string::npos);
}
