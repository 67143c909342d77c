#include "impl/base/reading.hpp"

#include <array>

#include <gtest/gtest.h>

using namespace badwire;
using namespace std::chrono_literals;
using json = nlohmann::ordered_json;

namespace {

struct person {
    std::string name;
    std::uint64_t age = 0;
    std::chrono::nanoseconds pace{};
    std::vector<double> chances;
};

person read_person(const reading& all)
{
    person read;
    all.check_object("a person", {"name", "age", "pace", "chances"});
    all.need("name", "what people call it",
             [&](const reading& name) { read.name = name.text("a name"); });
    all.with("age", [&](const reading& age) { read.age = age.whole("an age", 0, 150); });
    all.with("pace", [&](const reading& pace) { read.pace = pace.time(); });
    all.with("chances", [&](const reading& chances) {
        chances.check_array("chances", 1);
        chances.each([&](const reading& one) { read.chances.push_back(one.probability()); });
    });
    return read;
}

// "POINTER: WHAT" of every mistake, a line each.
std::string refusal(const json& document)
{
    std::string told;
    try {
        read_document(document, read_person);
    } catch (const mistakes& error) {
        for (const mistake& one : error.all) told += one.pointer + ": " + one.what() + "\n";
    }
    return told;
}

} // namespace

TEST(Reading, WhatIsRightIsRead)
{
    const auto read = read_document(
        json::parse(R"({"name": "Ada", "age": 36, "pace": "1.5s", "chances": [0, 0.5]})"),
        read_person);
    EXPECT_EQ(read.name, "Ada");
    EXPECT_EQ(read.age, 36u);
    EXPECT_EQ(read.pace, 1500ms);
    EXPECT_EQ(read.chances, (std::vector<double>{0, 0.5}));
}

TEST(Reading, EveryMistakeIsToldAndNoneHidesAnother)
{
    EXPECT_EQ(refusal(json::parse(R"({"agee": 1, "pace": "fast", "chances": [2, 0.5, "x"]})")),
              "/agee: no such key; did you mean \"age\"?\n"
              ": expected a key \"name\": what people call it\n"
              "/pace: expected a duration such as \"200ms\" or \"1.5s\", found \"fast\"\n"
              "/chances/0: expected a probability from 0 to 1 such as 0.05, found 2\n"
              "/chances/2: expected a probability from 0 to 1 such as 0.05, found \"x\"\n");
    EXPECT_EQ(refusal(json::parse(R"({"name": "x", "chances": []})")),
              "/chances: expected chances, found []\n");
    EXPECT_EQ(refusal(json(7)), ": expected a person, found 7\n");
}

TEST(Reading, AQuantityIsAnsweredWithASpellingOnlyWhereItWouldBeRead)
{
    const std::string probability = ": expected a probability from 0 to 1 such as 0.05, found ";
    const auto told = [](const char* chance) {
        return refusal({{"name", "a"}, {"chances", {chance}}});
    };
    EXPECT_EQ(told("5%"), "/chances/0" + probability + "\"5%\"; did you mean 0.05?\n");
    EXPECT_EQ(told("0.5 s"), "/chances/0" + probability + "\"0.5 s\"\n");
    EXPECT_EQ(told("500%"), "/chances/0" + probability + "\"500%\"\n");
}

TEST(Reading, AKeyIsAStepOfThePointerWhateverItHolds)
{
    EXPECT_EQ(refusal(json{{"name", "x"}, {"a/b~", 1}}),
              "/a~1b~0: no such key; there are \"name\", \"age\", \"pace\", \"chances\"\n");
}

TEST(Reading, ManyMistakesAreCountedBeyondTheFirst)
{
    json document{{"name", "x"}, {"chances", json::array()}};
    for (int i = 0; i < 150; ++i) document["chances"].push_back(2 + i);
    try {
        read_document(document, read_person);
        ADD_FAILURE() << "it was taken";
    } catch (const mistakes& error) {
        EXPECT_EQ(error.all.size(), mistake_list::most);
        EXPECT_EQ(error.more, 50u);
    }
}

TEST(Reading, TheSameMistakeIsNotedOnce)
{
    mistake_list found;
    found.note({"/a", "wrong"});
    found.note({"/a", "wrong"});
    found.note({"/b", "wrong"});
    EXPECT_EQ(found.count(), 2u);
}

TEST(Suggestion, TheNearestNameElseWhatThereIs)
{
    const std::array<std::string, 2> two{"loss", "delay"};
    EXPECT_EQ(suggestion("los", two), "; did you mean \"loss\"?");
    EXPECT_EQ(suggestion("colour", two), "; there are \"loss\", \"delay\"");
    EXPECT_EQ(suggestion("colour", std::array{"delay"}), "; there is \"delay\"");
    EXPECT_EQ(suggestion("colour", std::vector<std::string>()), "");
    EXPECT_EQ(suggestion("colour", std::vector<std::string>(30, "delay")), "");
}
