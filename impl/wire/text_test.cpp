#include "impl/wire/text.hpp"

#include <gtest/gtest.h>

namespace badwire::wire {
namespace {

TEST(Text, PrintableLeavesTextOfAnyLanguageAlone)
{
    const std::string text = "Grüße, 世界 🙂 ~";
    EXPECT_EQ(printable(text), text);
}

TEST(Text, PrintableEscapesWhatCouldSteerATerminal)
{
    EXPECT_EQ(printable("\x1b[2J"), "\\x1b[2J");
    EXPECT_EQ(printable("a\nb\tc\rd\x7f"), "a\\nb\\tc\\x0dd\\x7f");
    EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b") << "C1: CSI as one character";
}

TEST(Text, PrintableEscapesWhatIsNotUtf8)
{
    EXPECT_EQ(printable("\xff"), "\\xff");
    EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf") << "overlong";
    EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
    EXPECT_EQ(printable("\xe4\xb8"), "\\xe4\\xb8") << "cut short";
}

TEST(Text, ANumberIsTheWholeTextOrNone)
{
    EXPECT_EQ(parse_number<std::int64_t>("-12"), -12);
    EXPECT_FALSE(parse_number<std::int64_t>(""));
    EXPECT_FALSE(parse_number<std::int64_t>("12 "));
    EXPECT_FALSE(parse_number<std::int64_t>("9223372036854775808"));
    EXPECT_EQ(trimmed(" \t12\r\n"), "12");
    EXPECT_EQ(trimmed(" \n"), "");
}

} // namespace
} // namespace badwire::wire
