#include "impl/load/arrivals.hpp"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "impl/base/json_text.hpp"

namespace badwire::load {
namespace {

using namespace std::chrono_literals;
using list = std::vector<duration>;

arrivals parsed(const std::string& json, const std::string& contents = "")
{
    return read_document(parse_json(json), [&](const reading& at) {
        return read_arrivals(at, [&](const reading&) { return contents; });
    });
}

list times(const std::string& json, std::uint64_t count, const std::string& contents = "")
{
    return parsed(json, contents).times(count, draws(1, "arrivals"));
}

TEST(Arrivals, AtEqualDistancesAndInBursts)
{
    EXPECT_EQ(times(R"({"every": "50ms"})", 3), (list{0ms, 50ms, 100ms}));
    EXPECT_EQ(times(R"({"every": "1s", "burst": 2})", 5), (list{0s, 0s, 1s, 1s, 2s}));
}

TEST(Arrivals, AtTheTimesOfAListOrAFile)
{
    EXPECT_EQ(times(R"({"times": ["0s", "1.5s", "1.5s"]})", 9), (list{0ms, 1500ms, 1500ms}));
    EXPECT_EQ(times(R"({"file": "f"})", 9, "# when\n0.5\n\n 1.5s # late\n2\r\n"),
              (list{500ms, 1500ms, 2s}));
    EXPECT_EQ(parsed(R"({"times": ["1s"]})").listed(), 1U);
}

TEST(Arrivals, PoissonHasItsRateAndAnOldArrivalStaysWhereMoreCome)
{
    constexpr std::uint64_t count = 100'000;
    const list all = times(R"({"poisson": "20/s"})", count);
    const double seconds = std::chrono::duration<double>(all.back()).count();
    EXPECT_NEAR(static_cast<double>(count) / seconds, 20, 0.3);
    EXPECT_EQ(list(all.begin(), all.begin() + 10), times(R"({"poisson": "20/s"})", 10));
    EXPECT_EQ(parsed(R"({"poisson": "300/min"})").poisson_rate(), 5);
    EXPECT_FALSE(parsed(R"({"poisson": "3/s", "burst": 2})").poisson_rate());
}

TEST(Arrivals, ARateThatChanges)
{
    const std::string json =
        R"({"poisson": "10/s", "changes": [{"at": "100s", "poisson": "0/s"}, {"at": "200s", "poisson": "100/s"}]})";
    const list all = times(json, 5000);
    const auto between = [&](duration from, duration to) {
        return std::count_if(all.begin(), all.end(),
                             [&](duration at) { return at >= from && at < to; });
    };
    EXPECT_NEAR(static_cast<double>(between(0s, 100s)), 1000, 130);
    EXPECT_EQ(between(100s, 200s), 0);
    EXPECT_NEAR(static_cast<double>(between(200s, 210s)), 1000, 130);
    EXPECT_FALSE(parsed(json).poisson_rate());
    // Nobody comes any more: there are fewer than asked for.
    const std::string ends = R"({"poisson": "10/s", "changes": [{"at": "1s", "poisson": "0/s"}]})";
    EXPECT_LT(times(ends, 5000).size(), 40U);
}

TEST(Arrivals, UsersOfAClosedLoop)
{
    const arrivals of = parsed(R"({"users": 5, "think": {"exponential": "1s"}})");
    ASSERT_NE(of.closed(), nullptr);
    EXPECT_EQ(of.closed()->users, 5U);
    EXPECT_EQ(parsed(R"({"users": 1})").closed()->think.time(0.5), 0s);
}

TEST(Arrivals, MistakesNameTheirPlace)
{
    const auto pointer = [](const std::string& json, const std::string& contents = "0") {
        try {
            parsed(json, contents);
        } catch (const mistake& wrong) {
            return wrong.pointer;
        }
        return std::string("none");
    };
    EXPECT_EQ(pointer(R"({})"), "");
    EXPECT_EQ(pointer(R"({"every": "1s", "poisson": "1/s"})"), "");
    EXPECT_EQ(pointer(R"({"poisson": "20"})"), "/poisson");
    EXPECT_EQ(pointer(R"({"poisson": "-1/s"})"), "/poisson");
    EXPECT_EQ(pointer(R"({"every": "1s", "think": "1s"})"), "/think");
    EXPECT_EQ(pointer(R"({"users": 2, "burst": 3})"), "/burst");
    EXPECT_EQ(pointer(R"({"times": ["2s", "1s"]})"), "/times/1");
    EXPECT_EQ(pointer(R"({"file": "f"})", "1\nsoon\n"), "/file");
    EXPECT_EQ(pointer(R"({"file": "f"})", ""), "/file");
    EXPECT_EQ(pointer(R"({"poisson": "1/s", "changes": [{"at": "2s"}]})"), "/changes/0");
}

} // namespace
} // namespace badwire::load
