#include "impl/base/utf8.hpp"

#include <gtest/gtest.h>

using badwire::columns_of;
using badwire::cut_to_columns;

TEST(Utf8, WideCharactersTakeTwoColumnsAndCombiningOnesNone)
{
    EXPECT_EQ(columns_of("plain"), 5U);
    EXPECT_EQ(columns_of("äöü"), 3U);
    EXPECT_EQ(columns_of("日本"), 4U);
    EXPECT_EQ(columns_of("🙂"), 2U);
    EXPECT_EQ(columns_of("e\u0301"), 1U);
}

TEST(Utf8, AShortTextStaysAndALongOneIsCutBetweenCharacters)
{
    EXPECT_EQ(cut_to_columns("exactly", 7), "exactly");
    EXPECT_EQ(cut_to_columns("exactly", 6), "exact…");
    EXPECT_EQ(cut_to_columns("日本語", 6), "日本語");
    EXPECT_EQ(cut_to_columns("日本語", 5), "日本…");
    EXPECT_EQ(cut_to_columns("日本語", 4), "日…") << "half of a wide character does not fit";
    EXPECT_EQ(cut_to_columns("ää", 1), "…");
    EXPECT_EQ(cut_to_columns("ab", 0), "");
}

TEST(Utf8, NoCutTextIsWiderThanAsked)
{
    const std::string text = "a日e\u0301🙂ö\xff…";
    for (std::size_t most = 0; most <= columns_of(text); ++most)
        EXPECT_LE(columns_of(cut_to_columns(text, most)), most) << most;
}
