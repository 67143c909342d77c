// The published schema and the reader accept the same scenarios: every scenario of the tree, and
// mutants of them, are accepted or refused by both, except where no schema can say it.
#include "harness/scenario/schema.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <random>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "harness/scenario/scenario.hpp"

using namespace badwire;
using namespace badwire::harness;

namespace {

// What the schema cannot say, in the words of the reader.
constexpr std::array beyond_the_schema{
    // names that must exist
    "no process ", "no link ", "no program ", "there are several ", "no such wire",
    "no field of the wire", "is no value of ", "several wires have these fields", "cannot read ",
    // texts in languages of their own
    "not a regular expression", "bytes in hexadecimal", "unknown reference", "badwire ",
    "a reference without its closing", "inside the run's folder", "expected PROCESS.NAME",
    // what goes with what
    "expected either a \"program\"", "stand in \"command\" itself", "does not go with",
    "expected either \"prints\" or \"event\"", "says nothing; expected one of",
    "a number to compare it with", "a text to compare it with", "expected one of contains",
    "expected one of at_least", " in \"between\" of link ", "no such key; there are \"model\"",
    "(a line to type) or \"end\": true", "needs a key", "needs \"to\"", "where does ",
    "also needs a key", "cannot be given over a link", "cannot go to itself",
    "a cycle in the start order", "means something else in a match",
    // what must be in order
    "the least before the most", "\"from\" before \"to\"", "times that do not fall",
    "whose last time is above 0", "a mean above zero", "the first value is above the second",
    "it is before the", "there is no whole number between", "must be above 0",
    // what a load needs
    "nothing asks for it", "there is no file ", "times for ", "makes no load",
    "the theory is about clients", "expected a queue such as"};

// Objects that have some of their keys, but not those that one of their alternatives needs.
constexpr std::array incomplete_alternatives{
    "expected a delay such as", "expected a probability such as", "expected a rate such as"};

bool is_beyond_the_schema(std::string_view what)
{
    const auto says = [&](std::string_view text) { return what.find(text) != what.npos; };
    return std::ranges::any_of(beyond_the_schema, says) ||
           (says(", found {") && std::ranges::any_of(incomplete_alternatives, says));
}

bool meets_schema(const nlohmann::json& instance)
{
    static const valijson::Schema* const schema = [] {
        const auto text = nlohmann::json::parse(scenario_schema());
        auto made = std::make_unique<valijson::Schema>();
        valijson::SchemaParser parser;
        parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(text), *made);
        return made.release(); // for as long as the tests run
    }();
    valijson::Validator validator;
    return validator.validate(*schema, valijson::adapters::NlohmannJsonAdapter(instance), nullptr);
}

// Everything in a document, as pointers; keys of objects with the pointers to their values.
void collect(const json& part, const json::json_pointer& at, std::vector<json::json_pointer>& into)
{
    if (!at.empty()) into.push_back(at);
    if (part.is_object())
        for (const auto& [key, value] : part.items()) collect(value, at / key, into);
    if (part.is_array())
        for (std::size_t i = 0; i < part.size(); ++i) collect(part[i], at / i, into);
}

class mutator {
public:
    explicit mutator(const std::vector<json>& originals)
    {
        for (const json& one : originals) {
            std::vector<json::json_pointer> places;
            collect(one, json::json_pointer(), places);
            for (const auto& place : places) values_.push_back(one.at(place));
        }
        for (const char* text : {"null",
                                 "true",
                                 "-1",
                                 "0",
                                 "1",
                                 "2.5",
                                 "1e9",
                                 "70000",
                                 "[]",
                                 "{}",
                                 R"("")",
                                 R"("5ms")",
                                 R"("5")",
                                 R"("64KiB")",
                                 R"("x")",
                                 R"(["a", "b"])",
                                 R"([3, 1])",
                                 R"([1])",
                                 R"("20Mbit/s")",
                                 R"("0.1s ")",
                                 R"("${seed}")",
                                 R"({"mean": "5ms"})",
                                 "0.5"})
            for (int often = 0; often < 20; ++often) values_.push_back(json::parse(text));
    }

    /// Changes one place in a document: the same place for the same seed.
    void change(json& document, std::uint64_t seed)
    {
        random_.seed(seed);
        std::vector<json::json_pointer> places;
        collect(document, json::json_pointer(), places);
        const auto place = pick(places);
        json& around = document.at(place.parent_pointer());
        switch (random_() % 4) {
        case 0: // gone
            if (around.is_object()) around.erase(place.back());
            else around.erase(std::stoul(place.back()));
            break;
        case 1: // under another name
            if (around.is_object()) {
                const json value = document.at(place);
                const std::string names[] = {place.back() + "x", pick(places).back(), "at_least"};
                around[names[random_() % 3]] = value;
            } else {
                around.push_back(pick(values_));
            }
            break;
        default: document.at(place) = pick(values_);
        }
    }

private:
    template <typename Value>
    Value pick(const std::vector<Value>& from)
    {
        return from[random_() % from.size()];
    }

    std::mt19937_64 random_;
    std::vector<json> values_;
};

// The first combination of a scenario, as a scenario without references to its matrix.
json first_combination(const std::filesystem::path& file)
{
    json asked = load_scenario(file).front().asked;
    if (asked.contains("matrix"))
        for (auto& values : asked["matrix"]) values.erase(values.begin() + 1, values.end());
    return asked;
}

std::vector<std::filesystem::path> checked_in()
{
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(BADWIRE_SCENARIOS))
        if (entry.path().extension() == ".json" &&
            !entry.path().filename().string().ends_with(".schema.json") &&
            !load_scenario(entry.path(), true).empty()) // rubrics lie there, too
            files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

// What the reader objects to and the schema could say, too; empty where it accepts.
std::string refusal(const json& document, const std::filesystem::path& file, bool& accepted)
{
    accepted = true;
    try {
        parse_scenario(document.dump(), file);
    } catch (const mistakes& wrong) {
        accepted = false;
        for (const mistake& one : wrong.all)
            if (!is_beyond_the_schema(one.what())) return one.pointer + ": " + one.what();
    }
    return "";
}

} // namespace

TEST(Schema, AndReaderAgreeOnEveryScenarioThatIsCheckedIn)
{
    for (const auto& file : checked_in())
        for (const scenario& one : load_scenario(file))
            EXPECT_TRUE(meets_schema(one.asked)) << file;
}

TEST(Schema, AndReaderAgreeOnMutantsOfThem)
{
    constexpr std::uint64_t mutants = 2'000;
    const auto files = checked_in();
    std::vector<json> originals;
    for (const auto& file : files) originals.push_back(first_combination(file));
    mutator mutate(originals);
    std::size_t accepted_by_both = 0;
    std::size_t refused_by_both = 0;
    for (std::uint64_t seed = 0; seed < mutants; ++seed) {
        const std::size_t which = seed % files.size();
        json document = originals[which];
        mutate.change(document, seed);
        bool accepted = false;
        const std::string why = refusal(document, files[which], accepted);
        const bool meets = meets_schema(document);
        accepted_by_both += accepted && meets;
        refused_by_both += !why.empty() && !meets;
        EXPECT_TRUE(meets || !accepted) << "seed " << seed << ": only the schema refuses\n"
                                        << document.dump(1);
        EXPECT_TRUE(!meets || why.empty())
            << "seed " << seed << ": only the reader refuses: " << why << "\n"
            << document.dump(1);
    }
    EXPECT_GT(accepted_by_both, mutants / 20);
    EXPECT_GT(refused_by_both, mutants / 5);
}
