// What the published schema tells editors and people: every key has a description and an example, and
// each default is the one that the reader takes.
#include <algorithm>
#include <functional>
#include <iterator>
#include <set>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "harness/scenario/packet_words.hpp"
#include "harness/scenario/scenario.hpp"
#include "harness/scenario/schema.hpp"
#include "impl/apps/shared/program.hpp"
#include "sim/link/dissector.hpp"
#include "sim/link/options_json.hpp"

using namespace badwire;
using namespace badwire::harness;
using namespace std::chrono_literals;

namespace {

const json& published()
{
    static const json schema = json::parse(scenario_schema());
    return schema;
}

using visitor = std::function<void(const std::string& pointer, const json& about)>;

// Every key that the schema describes, wherever it stands.
void visit_keys(const json& part, const std::string& at, const visitor& visit)
{
    if (part.is_array())
        for (std::size_t i = 0; i < part.size(); ++i)
            visit_keys(part[i], at + "/" + std::to_string(i), visit);
    if (!part.is_object()) return;
    for (const auto& [name, value] : part.items()) {
        if (name == "examples" || name == "default" || name == "enum") continue;
        const std::string below = at + "/" + name;
        visit_keys(value, below, visit);
        if (name != "properties") continue;
        for (const auto& [key, about] : value.items()) visit(below + "/" + key, about);
    }
}

// Its own, or that of what it refers to.
bool has(const json& about, const char* what)
{
    if (about.contains(what)) return true;
    if (!about.contains("$ref")) return false;
    const std::string pointer = about["$ref"].get<std::string>().substr(1);
    return has(published().at(json::json_pointer(pointer)), what);
}

// Values that a schema lists need no example.
bool lists_its_values(const json& about)
{
    if (about.contains("enum") || about.value("type", json()) == "boolean") return true;
    if (!about.contains("$ref")) return false;
    const std::string pointer = about["$ref"].get<std::string>().substr(1);
    return lists_its_values(published().at(json::json_pointer(pointer)));
}

json load_of(const process_spec& process)
{
    if (!process.load) return nullptr;
    json made;
    const load::draws drawn(1, "arrivals");
    if (const auto& coming = process.load->arrivals) {
        if (const load::closed_loop* loop = coming->closed())
            made["think"] = loop->think.time(0.5).count();
        else
            for (const duration at : coming->times(4, drawn)) made["at"].push_back(at.count());
    }
    return made;
}

json process_as_json(const process_spec& one)
{
    json made{{"name", one.name},         {"delay", one.delay.count()},
              {"terminal", one.terminal}, {"skew", one.clock_skew.count()},
              {"drift", one.clock_drift}, {"load", load_of(one)}};
    for (const input_step& step : one.input)
        made["input"].push_back({{"after", step.after.count()}, {"end", step.end}});
    return made;
}

// Exact rules keep their text, so they are told by what they do.
json link_as_json(link::link_options one)
{
    json made;
    for (const link::exact_rule& rule : std::exchange(one.up.exact, {}))
        made["exact"].push_back({{"drop", rule.drop},
                                 {"copies", rule.copies},
                                 {"kind", rule.tcp && rule.tcp->kind ? int(*rule.tcp->kind) : -1},
                                 {"offset", rule.match.bytes.at(0).offset}});
    one.down.exact.clear();
    made["rest"] = link::to_json(one);
    return made;
}

// What the reader made of a scenario, but for the text that it was.
json understood(const json& asked)
{
    const scenario is = parse_scenario(asked.dump(), "test.json").at(0);
    json made{{"seed", is.seed},
              {"date", is.date.time_since_epoch().count()},
              {"interleaving", is.interleaving},
              {"repeat", is.repeat},
              {"time_limit", is.time_limit.count()},
              {"capture", is.capture},
              {"wires", link::lua_dissector(wires_of(is))}};
    for (const auto& [name, one] : is.links) made["links"][name] = link_as_json(one);
    for (const process_spec& one : is.processes) made["processes"].push_back(process_as_json(one));
    for (const process_fault& one : is.faults)
        made["faults"].push_back(
            {{"delay", one.delay.count()}, {"which", one.packet ? int(one.packet->which) : -1}});
    for (const theory_spec& one : is.theory) made["warm_up"].push_back(one.warm_up);
    return made;
}

// A key with a default, where it stands in a scenario, and another value of it.
struct defaulted {
    std::string key; // in the schema
    std::string place;
    json other;
    json base;
};

const json plain = json::parse(R"({"processes": {"a": {"program": "datagram-receiver"}}})");
const json linked = json::parse(R"({
    "links": {"w": {"delay": "1ms"}},
    "wires": {"mine": {"fields": [{"name": "seq", "offset": 0}]}},
    "processes": {"a": {"program": "iterative-server"},
                  "b": {"program": "sum-client", "args": ["--count", "1"], "to": "a", "over": "w",
                        "count": 2, "input": [{"text": "x"}], "arrivals": {"every": "5ms"}}},
    "faults": [{"kill": "a", "packet": {"link": "w"}}]})");

json with(json base, const std::string& place, const json& value)
{
    base[json::json_pointer(place)] = value;
    return base;
}

const std::string definition_of = "/definitions/";

std::string alternative(const std::string& definition, const std::string& key)
{
    return definition_of + definition + "/anyOf/1/properties/" + key;
}

std::vector<defaulted> defaults_of_scenarios()
{
    json poisson = with(linked, "/processes/b/arrivals", {{"poisson", "20/s"}});
    poisson["theory"]["b"]["model"] = "M/D/1";
    const json users = with(linked, "/processes/b/arrivals", {{"users", 2}});
    const json command = with(plain, "/processes/a", {{"command", {"cat"}}});
    return {
        {"/properties/seed", "/seed", 2, plain},
        {"/properties/date", "/date", "2026-11-30", plain},
        {"/properties/interleaving", "/interleaving", 2, plain},
        {"/properties/repeat", "/repeat", 2, plain},
        {"/properties/time_limit", "/time_limit", "61s", plain},
        {"/properties/capture", "/capture", true, plain},
        {"/properties/theory/additionalProperties/anyOf/1/properties/warm_up", "/theory/b/warm_up",
         0.2, poisson},
        {definition_of + "burst", "/processes/b/arrivals/burst", 2, linked},
        {definition_of + "arrivals/anyOf/4/properties/think", "/processes/b/arrivals/think", "1s",
         users},
        {definition_of + "link/properties/keep_ports", "/links/w/keep_ports", true, linked},
        {definition_of + "wire/properties/fields/items/properties/size",
         "/wires/mine/fields/0/size", 2, linked},
        {definition_of + "wire/properties/fields/items/properties/endian",
         "/wires/mine/fields/0/endian", "little", with(linked, "/wires/mine/fields/0/size", 2)},
        {definition_of + "fault/properties/packet/properties/direction",
         "/faults/0/packet/direction", "down", linked},
        {definition_of + "fault/properties/delay", "/faults/0/delay", "1s", linked},
        {definition_of + "process/properties/count", "/processes/a/count", 2, plain},
        {definition_of + "process/properties/delay", "/processes/a/delay", "1s", plain},
        {definition_of + "process/properties/clock/properties/skew", "/processes/a/clock/skew",
         "1s", with(plain, "/processes/a/clock", {{"drift", 0.1}})},
        {definition_of + "process/properties/clock/properties/drift", "/processes/a/clock/drift",
         0.1, with(plain, "/processes/a/clock", {{"skew", "1s"}})},
        {definition_of + "process/properties/terminal", "/processes/a/terminal", true, command},
        {alternative("input", "after"), "/processes/b/input/0/after", "1s", linked},
        {alternative("input", "end"), "/processes/b/input/0/end", true, linked},
    };
}

std::vector<defaulted> defaults_of_links()
{
    const auto chance = [](const std::string& key, const json& value) {
        return with(linked, "/links/w/" + key, value);
    };
    const json bursts = chance("loss", {{"model", "gilbert-elliott"}, {"p", 0.1}, {"r", 0.5}});
    const json rate = chance("rate", {{"limit", "1Mbit/s"}});
    const json exact = chance("exact", json::parse(R"([{"match": {"bytes": "aa"}}])"));
    const json segments =
        chance("exact", json::parse(R"([{"match": {"bytes": "aa"}, "tcp": {"byte": 5}}])"));
    const json half{{"probability", 0.5}};
    return {
        {alternative("loss", "model"), "/links/w/loss/model", nullptr, chance("loss", half)},
        {alternative("loss", "loss_in_good"), "/links/w/loss/loss_in_good", 0.1, bursts},
        {alternative("loss", "loss_in_bad"), "/links/w/loss/loss_in_bad", 0.9, bursts},
        {alternative("loss", "step"), "/links/w/loss/step", "2s",
         chance("loss", json::parse(R"({"trace": [0, 0.5]})"))},
        {alternative("delay", "step"), "/links/w/delay/step", "2s",
         chance("delay", json::parse(R"({"trace": ["1ms", "2ms"]})"))},
        {alternative("delay", "correlation"), "/links/w/delay/correlation", 0.5,
         chance("delay", {{"uniform", {"1ms", "9ms"}}})},
        {alternative("delay", "keep_order"), "/links/w/delay/keep_order", true,
         chance("delay", {{"uniform", {"1ms", "9ms"}}})},
        {alternative("duplicate", "copies"), "/links/w/duplicate/copies", 2,
         chance("duplicate", half)},
        {alternative("duplicate", "after"), "/links/w/duplicate/after", "1ms",
         chance("duplicate", half)},
        {alternative("reorder", "extent"), "/links/w/reorder/extent", 2, chance("reorder", half)},
        {alternative("reorder", "within"), "/links/w/reorder/within", "1ms",
         chance("reorder", half)},
        {alternative("corrupt", "bits"), "/links/w/corrupt/bits", 2, chance("corrupt", half)},
        {definition_of + "rate/anyOf/2/properties/queue",
         "/links/w/rate/queue",
         {{"packets", 5}},
         rate},
        {definition_of + "rate/anyOf/2/properties/overhead", "/links/w/rate/overhead", 28, rate},
        {definition_of + "rate/anyOf/2/properties/burst", "/links/w/rate/burst", 100, rate},
        {definition_of + "mtu", "/links/w/mtu", 100, linked},
        {definition_of + "cut", "/links/w/cut", true, linked},
        {definition_of + "exact/items/properties/match/properties/offset",
         "/links/w/exact/0/match/offset", 1, exact},
        {definition_of + "exact/items/properties/tcp/anyOf/1/properties/kind",
         "/links/w/exact/0/tcp/kind", "data", segments},
        {definition_of + "exact/items/properties/action", "/links/w/exact/0/action", "duplicate",
         exact},
        {definition_of + "tcp/properties/refuse", "/links/w/tcp/refuse", true,
         chance("tcp", {{"slice", 1}})},
        {definition_of + "tcp/properties/window", "/links/w/tcp/window", "1KiB",
         chance("tcp", {{"slice", 1}})},
        {definition_of + "tcp/properties/slice/anyOf/1/properties/gap", "/links/w/tcp/slice/gap",
         "1ms", chance("tcp", json::parse(R"({"slice": {"bytes": 1}})"))},
    };
}

std::vector<defaulted> defaults_of_aqm()
{
    std::vector<defaulted> made;
    const auto add = [&](const std::string& which, const std::string& key, const json& other) {
        made.push_back({definition_of + "aqm/anyOf/3/properties/" + which + "/properties/" + key,
                        "/links/w/aqm/" + which + "/" + key, other,
                        with(linked, "/links/w/aqm", {{which, json::object()}})});
    };
    for (const char* which : {"codel", "fq-codel", "pie"}) {
        const bool pie = which == std::string("pie");
        add(which, "target", "1ms");
        add(which, pie ? "update" : "interval", "1ms");
        add(which, "ecn", true);
    }
    add("fq-codel", "quantum", 300);
    add("pie", "burst", "1ms");
    return made;
}

std::vector<defaulted> defaults()
{
    std::vector<defaulted> made = defaults_of_scenarios();
    std::ranges::move(defaults_of_aqm(), std::back_inserter(made));
    std::ranges::move(defaults_of_links(), std::back_inserter(made));
    return made;
}

} // namespace

TEST(SchemaWords, EveryKeyHasADescriptionAndAnExample)
{
    std::size_t keys = 0;
    visit_keys(published(), "", [&](const std::string& pointer, const json& about) {
        ++keys;
        EXPECT_TRUE(has(about, "description")) << pointer;
        EXPECT_TRUE(has(about, "examples") || lists_its_values(about)) << pointer;
    });
    EXPECT_GT(keys, 150u);
}

TEST(SchemaWords, ADefaultIsWhatTheReaderTakes)
{
    for (const defaulted& one : defaults()) {
        const json& about = published().at(json::json_pointer(one.key));
        ASSERT_TRUE(about.contains("default")) << one.key;
        const json without = understood(one.base);
        EXPECT_EQ(understood(with(one.base, one.place, about["default"])), without) << one.key;
        if (!one.other.is_null()) {
            EXPECT_NE(understood(with(one.base, one.place, one.other)), without)
                << one.key << ": this test does not see what the key does";
        }
    }
}

TEST(SchemaWords, EveryDefaultIsTested)
{
    std::set<std::string> tested;
    for (const defaulted& one : defaults()) tested.insert(one.key);
    const auto check = [&](const std::string& pointer, const json& about) {
        EXPECT_TRUE(!about.contains("default") || tested.contains(pointer)) << pointer;
        const std::string words = about.value("description", "");
        for (const char* said : {"(the default)", "Default 0", "Default 1"})
            EXPECT_EQ(words.find(said), words.npos)
                << pointer << ": say it by \"default\", so that editors know it";
    };
    visit_keys(published(), "", check);
    for (const auto& [name, about] : published()["definitions"].items())
        check("/definitions/" + name, about);
}

TEST(SchemaWords, ProgramsAreCompleted)
{
    const json& program = published()["definitions"]["process"]["properties"]["program"];
    const json& names = program["anyOf"][0]["enum"];
    EXPECT_EQ(names.size(), apps::catalogue().size());
    EXPECT_NE(std::find(names.begin(), names.end(), "udp-ftp-server"), names.end());
}
