#include "impl/load/distribution.hpp"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "impl/base/json_text.hpp"

namespace badwire::load {
namespace {

using namespace std::chrono_literals;

distribution work(const std::string& json)
{
    return read_document(parse_json(json), [](const reading& at) { return read_work(at); });
}

distribution times(const std::string& json)
{
    return read_document(parse_json(json), [](const reading& at) { return read_times(at); });
}

moments drawn(const distribution& from, int count)
{
    const draws numbers(7, "work");
    moments seen;
    for (int i = 0; i < count; ++i) {
        const auto one = static_cast<double>(from.whole(numbers.at(static_cast<std::uint64_t>(i))));
        seen.mean += one / count;
        seen.of_square += one * one / count;
    }
    return seen;
}

TEST(Draws, DependOnSeedPurposeAndNumberAlone)
{
    const draws work(1, "work");
    EXPECT_EQ(work.at(5), draws(1, "work").at(5));
    EXPECT_NE(work.at(5), work.at(6));
    EXPECT_NE(work.at(5), draws(2, "work").at(5));
    EXPECT_NE(work.at(5), draws(1, "think").at(5));
}

TEST(Distribution, DrawsHaveTheMomentsThatTheoryIsTold)
{
    constexpr int count = 200'000;
    for (const char* const json :
         {"5", R"({"constant": 5})", R"({"uniform": [1, 9]})", R"({"exponential": 5})",
          R"({"exponential": 5000})", R"({"lognormal": {"mean": 50, "stddev": 20}})",
          R"({"zipf": {"exponent": 1.1, "most": 100}})", R"({"table": [1, 1, 8]})"}) {
        const distribution of = work(json);
        const moments asked = of.of_whole();
        const moments seen = drawn(of, count);
        const double sigma = std::sqrt(asked.of_square - asked.mean * asked.mean);
        EXPECT_NEAR(seen.mean, asked.mean, 4 * sigma / std::sqrt(count) + 1e-9) << json;
        EXPECT_NEAR(seen.of_square, asked.of_square, 0.03 * asked.of_square + 1e-9) << json;
    }
}

TEST(Distribution, KnownMoments)
{
    EXPECT_DOUBLE_EQ(work(R"({"uniform": [1, 9]})").of_whole().mean, 5);
    EXPECT_DOUBLE_EQ(work(R"({"table": [1, 1, 8]})").of_whole().of_square, 22);
    EXPECT_NEAR(work(R"({"exponential": 5000})").of_whole().mean, 5000, 0.001);
    EXPECT_NEAR(work(R"({"exponential": 5000})").of_whole().of_square, 5e7, 5);
}

TEST(Distribution, MomentsOfLargeAndHeavyTailedWorkTakeNoLonger)
{
    const moments large = work(R"({"exponential": 100000000})").of_whole();
    EXPECT_NEAR(large.mean, 1e8, 1e2);
    EXPECT_NEAR(large.of_square, 2e16, 2e10);
    const moments heavy = work(R"({"lognormal": {"mean": 1000, "stddev": 20000}})").of_whole();
    EXPECT_NEAR(heavy.mean, 1000, 1);
    EXPECT_NEAR(heavy.of_square, 20000.0 * 20000 + 1000.0 * 1000, 1e5);
}

TEST(Distribution, EveryNumberOfAUniformRangeIsEquallyProbable)
{
    const distribution of = work(R"({"uniform": [1, 3]})");
    EXPECT_EQ(of.whole(0.01), 1U);
    EXPECT_EQ(of.whole(0.34), 2U);
    EXPECT_EQ(of.whole(0.99), 3U);
}

TEST(Distribution, TimesAreInNanoseconds)
{
    EXPECT_EQ(times(R"("200ms")").time(0.3), 200ms);
    EXPECT_EQ(times(R"({"uniform": ["1s", "3s"]})").time(0.5), 2s);
    EXPECT_NEAR(static_cast<double>(times(R"({"exponential": "1s"})").time(0.5).count()),
                1e9 * std::log(2), 1);
}

TEST(Distribution, MistakesNameTheirPlace)
{
    const auto pointer = [](const std::string& json) {
        try {
            work(json);
        } catch (const mistake& wrong) {
            return wrong.pointer;
        }
        return std::string("none");
    };
    EXPECT_EQ(pointer(R"({"uniform": [3, 1]})"), "/uniform");
    EXPECT_EQ(pointer(R"({"exponential": -1})"), "/exponential");
    EXPECT_EQ(pointer(R"({"table": []})"), "/table");
    EXPECT_EQ(pointer(R"({"gaussian": 1})"), "/gaussian");
    EXPECT_EQ(pointer(R"({"uniform": [1.2, 1.8]})"), "");
    EXPECT_EQ(pointer(R"({"lognormal": {"mean": 1}})"), "/lognormal");
}

} // namespace
} // namespace badwire::load
