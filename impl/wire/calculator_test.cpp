#include "impl/wire/calculator.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace badwire::wire {
namespace {

using testing::StartsWith;

TEST(Calculator, DoesAllFiveOperations)
{
    EXPECT_EQ(calculate("7 * -2"), "-14");
    EXPECT_EQ(calculate("7 / 2"), "3");
    EXPECT_EQ(calculate("7 % 2"), "1");
    EXPECT_EQ(calculate("7 + -9"), "-2");
    EXPECT_EQ(calculate("7 - 9"), "-2");
}

TEST(Calculator, DivisionRoundsDownAndTheRemainderTakesTheDivisorsSign)
{
    for (const auto& [request, answer] :
         std::initializer_list<std::pair<const char*, const char*>>{{"7 / -2", "-4"},
                                                                    {"-7 / 2", "-4"},
                                                                    {"-7 / -2", "3"},
                                                                    {"-8 / 2", "-4"},
                                                                    {"-7 % 3", "2"},
                                                                    {"7 % -3", "-2"},
                                                                    {"-7 % -3", "-1"},
                                                                    {"6 % -3", "0"},
                                                                    {"0 / -5", "0"}})
        EXPECT_EQ(calculate(request), answer) << request;
}

TEST(Calculator, QuotientAndRemainderBelongTogetherForAllSmallNumbers)
{
    for (int a = -12; a <= 12; ++a)
        for (int b = -5; b <= 5; ++b) {
            if (b == 0) continue;
            const int quotient = std::stoi(calculate(fmt::format("{} / {}", a, b)));
            const int remainder = std::stoi(calculate(fmt::format("{} % {}", a, b)));
            EXPECT_EQ(quotient * b + remainder, a) << a << " by " << b;
            EXPECT_TRUE(remainder == 0 || (remainder < 0) == (b < 0)) << a << " by " << b;
        }
}

TEST(Calculator, KnowsIntegersOfAnySize)
{
    EXPECT_EQ(calculate("99999999999999999999 + 1"), "100000000000000000000");
    EXPECT_EQ(calculate("100000000000000000000 * 100000000000000000000"),
              "1" + std::string(40, '0'));
    EXPECT_EQ(calculate("-170141183460469231731687303715884105728 / 3"),
              "-56713727820156410577229101238628035243");
    const std::string longest(calculator_digits_max, '9');
    EXPECT_EQ(calculate(longest + " * " + longest).size(), 2 * calculator_digits_max);
}

TEST(Calculator, ReadsZerosSignsAndAnyBlanksInFront)
{
    EXPECT_EQ(calculate(" 010\t+  +08 \r\n"), "18");
    EXPECT_EQ(calculate("-0 - 000"), "0");
}

TEST(Calculator, RefusesWithAReason)
{
    EXPECT_EQ(calculate("1 / 0"), "ERR:division by zero");
    EXPECT_EQ(calculate("1 % -0"), "ERR:division by zero");
    for (const char* request : {"1 ^ 2", "1 ** 2", "1 x 2"})
        EXPECT_THAT(calculate(request), StartsWith("ERR:bad operator")) << request;
    for (const char* request : {"", " ", "1", "1 +", "1 + 2 3", "1+2", "a + b", "1.5 + 2",
                                "0x1 + 2", "- + 1", "+ 1 2", "\xff + 1", "1 + 2 \x1b"})
        EXPECT_THAT(calculate(request), StartsWith("ERR:bad format")) << request;
    EXPECT_THAT(calculate(std::string(calculator_digits_max + 1, '9') + " + 1"),
                StartsWith("ERR:a number is longer than 4300 digits"));
    EXPECT_THAT(calculate(std::string("1 + \0", 5)), StartsWith("ERR:bad format"));
}

} // namespace
} // namespace badwire::wire
