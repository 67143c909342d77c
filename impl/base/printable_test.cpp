#include "impl/base/printable.hpp"

#include <gtest/gtest.h>

using badwire::printable;
using badwire::printable_lines;

TEST(Printable, OrdinaryTextStaysAsItIs)
{
    EXPECT_EQ(printable("to 127.0.0.1:5000 \"§ äöü 日本 🙂\""),
              "to 127.0.0.1:5000 \"§ äöü 日本 🙂\"");
}

TEST(Printable, WhatATerminalWouldObeyIsSpelledOut)
{
    EXPECT_EQ(printable("\x1b[31mred\x1b]0;title\x07"), "\\u001b[31mred\\u001b]0;title\\u0007");
    EXPECT_EQ(printable(std::string_view("a\0b\x7f", 4)), "a\\u0000b\\u007f");
    EXPECT_EQ(printable("one\ntwo\tthree\r"), "one\\ntwo\\tthree\\r");
    EXPECT_EQ(printable("\xc2\x9b"
                        "31m"),
              "\\u009b31m")
        << "C1, which some terminals obey";
    EXPECT_EQ(printable("\xe2\x80\xaetxt"), "\\u202etxt") << "the direction of writing";
}

TEST(Printable, WhatIsNotUtf8IsShownByItsBytes)
{
    EXPECT_EQ(printable("a\xff\xfe"
                        "b"),
              "a\\xff\\xfeb");
    EXPECT_EQ(printable("\xc3"), "\\xc3") << "cut off";
    EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf") << "an overlong slash";
    EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
    EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond Unicode";
}

TEST(Printable, LongTextIsCutAtACharacter)
{
    EXPECT_EQ(printable("ääää", 4), "ää…");
    EXPECT_EQ(printable("ab", 2), "ab");
}

TEST(Printable, LinesStayLines) { EXPECT_EQ(printable_lines("a\x1b\nb\n"), "a\\u001b\nb\n"); }
