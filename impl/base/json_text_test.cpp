#include "impl/base/json_text.hpp"

#include <gtest/gtest.h>

using namespace badwire;

namespace {

// What is wrong at these pointers of `text`, a line each.
std::string told(std::string_view text, std::initializer_list<std::string> pointers)
{
    parse_json(text, 64);
    mistake_list found;
    for (const std::string& pointer : pointers) found.note({pointer, "wrong"});
    try {
        throw_if_any(found, text);
    } catch (const mistake& wrong) {
        return in_file("x.json", wrong);
    }
    return "nothing";
}

std::string refusal(std::string_view text)
{
    try {
        parse_json(text, 2);
    } catch (const mistake& wrong) {
        return in_file("x.json", wrong);
    }
    return "nothing";
}

} // namespace

TEST(JsonText, AKeyThatStandsTwiceIsAMistakeWhereItStandsAgain)
{
    EXPECT_EQ(refusal("{\"a\": 1, \"b\": 2, \"a\": 3}"),
              "x.json:1:18: /a: the key stands here twice; which one is meant?");
    EXPECT_EQ(refusal("[{\"a\": 1}, {\"a\": 1}, {\"a\": 1,\n\"a\": 1}]"),
              "x.json:2:1: /2/a: the key stands here twice; which one is meant?");
    EXPECT_EQ(refusal("{\"a\": [], \"b\": {}}"), "nothing");
}

TEST(JsonText, WhatEditorsAllowIsRefusedWithThatReason)
{
    EXPECT_EQ(refusal("{\"a\": 1, // one\n}"),
              "x.json:1:10: broken JSON: JSON has no comments; expected a value");
    EXPECT_EQ(refusal("[1, 2, ]"),
              "x.json:1:8: broken JSON: a comma before the closing ] is one too many");
}

TEST(JsonText, MistakesComeInTheOrderOfTheTextWithLineAndColumn)
{
    EXPECT_EQ(told("{\"a\": 1,\n  \"b\": [true, {\"c\": \"}\"}],\n  \"d\": null}",
                   {"/d", "/b/1/c", "/b/1", "/a", ""}),
              "x.json: wrong\n"
              "x.json:1:2: /a: wrong\n"
              "x.json:2:15: /b/1: wrong\n"
              "x.json:2:16: /b/1/c: wrong\n"
              "x.json:3:3: /d: wrong");
}

TEST(JsonText, KeysAreComparedAsTheyAreMeantAndColumnsCountCharacters)
{
    EXPECT_EQ(told(R"({"größe\"": 1, "a\u002fb~": {"c": 1}})", {"/a~1b~0/c", "/größe\""}),
              "x.json:1:2: /größe\": wrong\n"
              "x.json:1:30: /a~1b~0/c: wrong");
}

TEST(JsonText, WhatIsNotThereStandsWhereTheThingAroundItDoes)
{
    EXPECT_EQ(told(R"({"links": {"wan": "${matrix.wan}"}})", {"/links/wan/loss/p"}),
              "x.json:1:12: /links/wan/loss/p: wrong");
    EXPECT_EQ(told("{}", {"/processes"}), "x.json: /processes: wrong");
    EXPECT_EQ(told("{}", {}), "nothing");
}

TEST(JsonText, BrokenJsonHasItsPlace)
{
    EXPECT_EQ(refusal("{\"a\": 1,\n \"b\" 2}").substr(0, 25), "x.json:2:6: broken JSON: ");
    EXPECT_EQ(refusal("").substr(0, 24), "x.json:1:1: broken JSON:");
    EXPECT_EQ(refusal("[[[1]]]"), "x.json: nested too deep: at most 2 levels are allowed");
    EXPECT_EQ(refusal("[1e999]"), "x.json:1:2: /0: 1e999 is too large for a number");
    EXPECT_EQ(refusal("[[1]]"), "nothing");
}

TEST(JsonText, ANumberBeyondEveryTypeIsAMistakeWhereItStands)
{
    EXPECT_EQ(refusal("{\"a\": [1, -1e999]}"),
              "x.json:1:11: /a/1: -1e999 is too large for a number");
    EXPECT_EQ(refusal("[1e308, -1e308, 1e-999, 18446744073709551616]"), "nothing");
}

TEST(JsonText, LargeTextsAreReadInTimeOrRefused)
{
    std::string list = "[";
    for (int i = 0; i < 200'000; ++i) list += R"({"a": 1},)";
    list.back() = ']';
    EXPECT_EQ(refusal(list), "nothing") << "linear in the number of elements";
    std::string object = "{";
    for (std::size_t i = 0; i <= json_members_max; ++i)
        object += "\"" + std::to_string(i) + "\": 1,";
    object.back() = '}';
    EXPECT_EQ(refusal(object), "x.json: /10000: an object has at most 10000 members");
    EXPECT_EQ(refusal(std::string(1'000'000, '[')),
              "x.json: nested too deep: at most 2 levels are allowed");
}
