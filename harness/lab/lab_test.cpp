// What the laboratory's commands rest on, against brute force and by hand.
#include <gmock/gmock.h>

#include "harness/lab/certify.hpp"
#include "harness/lab/search.hpp"
#include "harness/lab/shrink.hpp"

using namespace badwire;
using namespace badwire::harness;
using ::testing::ElementsAre;

namespace {

scenario chat(const std::string& wire)
{
    auto read = parse_scenario(
        R"({"title": "A chat", "network": "virtual", "time_limit": "20s",
            "links": {"wan": {"delay": "5ms"}},
            "processes": {
                "bob": {"program": "udp-chat", "input": ["hi"], "stays": true},
                "ann": {"program": "udp-chat", "args": ["--wire", ")" +
            wire + R"("], "to": "bob", "over": "wan", "input": ["hello", {"end": true}]}},
            "expect": [{"exit": {"ann": 0, "bob": 0}}, {"output": "ann", "contains": ": hi"}]})",
        "chat.json");
    return read.front();
}

fault named(const std::string& name) { return {name, link::direction::up, json::object(), name}; }

std::string names(const std::vector<fault>& some)
{
    std::string all;
    for (const fault& one : some) all += one.link;
    return all;
}

// Every pattern, each with a run of its own: how many fail, and the size of the smallest that does.
struct brute_force {
    brute_force(const scenario& of, std::vector<json> actions, std::size_t among, std::size_t most)
        : what(of), kinds(std::move(actions)), first(among), at_most(most)
    {
        extend({}, 0);
    }

    void extend(const std::vector<fault>& chosen, std::size_t from)
    {
        const trial made = lab.observe(with_faults(what, chosen), 1);
        ++runs;
        if (made.record.verdict != verdict::pass) smallest = std::min(smallest, chosen.size());
        if (chosen.size() == at_most) return;
        for (std::size_t place = from; place < std::min(first, made.packets.size()); ++place)
            for (const json& action : kinds) {
                auto more = chosen;
                more.push_back(numbered_fault(made.packets[place], action, what));
                extend(more, place + 1);
            }
    }

    const scenario& what;
    std::vector<json> kinds;
    std::size_t first, at_most;
    laboratory lab{nullptr};
    std::size_t runs = 0;
    std::size_t smallest = SIZE_MAX;
};

} // namespace

TEST(Fewest, OnlyWhatIsNeededTogetherIsLeft)
{
    std::vector<fault> all;
    for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h"}) all.push_back(named(name));
    const auto needs = [](const std::string& wanted) {
        return [wanted](const std::vector<fault>& some) {
            return std::ranges::all_of(
                wanted, [&](char one) { return names(some).find(one) != std::string::npos; });
        };
    };
    EXPECT_EQ(names(fewest(all, needs("cg"))), "cg");
    EXPECT_EQ(names(fewest(all, needs("h"))), "h");
    EXPECT_EQ(names(fewest(all, needs("abcdefgh"))), "abcdefgh");
    EXPECT_EQ(names(fewest(all, needs(""))), "");
}

TEST(Patterns, AreCounted)
{
    EXPECT_EQ(count_patterns(20, 3, 0), 1);
    EXPECT_EQ(count_patterns(20, 3, 1), 1 + 60);
    EXPECT_EQ(count_patterns(20, 3, 3), 1 + 60 + 190 * 9 + 1140 * 27);
    EXPECT_EQ(count_patterns(2, 1, 5), 4) << "there are no more packets";
}

TEST(Certify, AgreesWithBruteForce)
{
    const std::vector<json> actions{"drop", "duplicate", {{"delay", "300ms"}}};
    for (const std::string wire : {"classic", "framed"}) {
        const scenario what = chat(wire);
        const brute_force all(what, actions, 4, 2);
        for (const unsigned jobs : {1U, 3U}) {
            const auto made =
                certify(what, {.actions = actions, .at_most = 2, .first = 4, .jobs = jobs});
            EXPECT_TRUE(made.complete);
            const bool fails = all.smallest != SIZE_MAX;
            EXPECT_EQ(made.counterexample.empty(), !fails) << wire;
            if (fails) EXPECT_EQ(made.counterexample.size(), all.smallest) << wire;
            else EXPECT_LE(made.runs, all.runs);
        }
    }
}

TEST(Certify, WhatNobodyGetsIsNotCombinedFurther)
{
    // With the link cut, no fault changes anything: each is tried once, and none with another.
    scenario what = chat("classic");
    what.links.at("wan").up.cut = what.links.at("wan").down.cut = true;
    what.expectations.clear();
    what.asked.erase("expect");
    for (process_spec& one : what.processes) one.ends = ending::by_itself_or_stopped;
    const auto made = certify(what, {.actions = {"drop"}, .at_most = 3, .first = 5});
    EXPECT_TRUE(made.counterexample.empty());
    EXPECT_EQ(made.runs, 1 + made.packets);
    EXPECT_EQ(made.unchanged, made.packets);
}

TEST(Shrink, AFaultIsNamedByItsContents)
{
    scenario what = chat("classic");
    what.links.at("wan").down.loss = 1;
    laboratory lab(nullptr);
    const shrunk made = shrink(what, 1, lab);
    ASSERT_EQ(made.faults.size(), 1u);
    EXPECT_EQ(made.faults[0].rule["match"]["size"], 2) << made.faults[0].rule;
    EXPECT_EQ(made.faults[0].rule["match"]["bytes"], "6869");
    EXPECT_THAT(made.faults[0].told, ::testing::HasSubstr("wan down: \"hi\" of ann"));
    const auto again = parse_scenario(
        written(with_faults(made.base, made.faults), 1, "t", "d").dump(), "small.json");
    EXPECT_EQ(failure_kind(lab.run(again.front(), 1)), made.kind);
}

TEST(Search, ItsStateCanBeReadAgain)
{
    search_state state{
        .next = 7, .failed = 2, .kinds = {{"expected", "wan up passed", 2, 3, 4, 1}}};
    const search_state read = read_search_state(to_json(state));
    EXPECT_EQ(read.next, 7u);
    EXPECT_EQ(read.failed, 2u);
    ASSERT_EQ(read.kinds.size(), 1u);
    EXPECT_EQ(read.kinds[0].kind, "expected");
    EXPECT_EQ(read.kinds[0].combination, 1u);
    EXPECT_EQ(read.kinds[0].interleaving, 4u);
    EXPECT_THROW(read_search_state(json::array()), mistake);
}
