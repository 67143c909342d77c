#include "impl/base/units.hpp"

#include <gtest/gtest.h>

using namespace badwire;
using namespace std::chrono_literals;

TEST(Units, DurationsReadAsPeopleWriteThem)
{
    EXPECT_EQ(parse_duration("200ms"), 200ms);
    EXPECT_EQ(parse_duration("1.5s"), 1500ms);
    EXPECT_EQ(parse_duration("20us"), 20us);
    EXPECT_EQ(parse_duration("2min"), 2min);
    EXPECT_EQ(parse_duration("0"), 0ns);
}

TEST(Units, AnythingElseIsNoDuration)
{
    for (auto text :
         {"", "ms", "5", "-1ms", "-0s", "5 ms", "5msx", "nan", "infs", "1e400s", "200y", "0x5s"})
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(Units, SizesAreWholeBytes)
{
    EXPECT_EQ(parse_size("512"), 512u);
    EXPECT_EQ(parse_size("64KiB"), 65536u);
    EXPECT_EQ(parse_size("1.5MiB"), 1572864u);
    EXPECT_EQ(parse_size("2kB"), 2000u);
    for (auto text : {"", "-1", "0.3", "1 KiB", "KiB", "99999999999GiB"})
        EXPECT_EQ(parse_size(text), std::nullopt) << text;
}

TEST(Units, WhatWasProbablyMeantIsKnown)
{
    for (const auto& [text, meant] :
         std::initializer_list<std::pair<const char*, const char*>>{{"500KB", "500kB"},
                                                                    {"64kib", "64KiB"},
                                                                    {"10mbit", "10Mbit/s"},
                                                                    {"1.5 Mbps", "1.5Mbit/s"},
                                                                    {"20 ms", "20ms"},
                                                                    {"3SEC", "3s"},
                                                                    {"5%", "0.05"}})
        EXPECT_EQ(respell(text), meant);
    for (auto text : {"", "ms", "5x", "fast", "5%%"})
        EXPECT_EQ(respell(text), std::nullopt) << text;
}

TEST(Units, FormattedDurationsParseBack)
{
    for (auto duration : {0ns, 7ns, 20000ns, 1500000000ns, 20ms + 0ns, 3h + 0ns, 1234567ns})
        EXPECT_EQ(parse_duration(format_duration(duration)), duration) << format_duration(duration);
    EXPECT_EQ(format_duration(1500ms), "1.5s");
    EXPECT_EQ(format_duration(20ms), "20ms");
}
