#include "harness/grade/points.hpp"

#include <gtest/gtest.h>

namespace badwire::harness {
namespace {

grading_rule worth(double points, bool partial)
{
    grading_rule rule;
    rule.points = points;
    rule.partial = partial;
    return rule;
}

rule_outcome so_many(std::uint64_t passed, std::uint64_t runs)
{
    rule_outcome outcome;
    outcome.passed = passed;
    outcome.runs = runs;
    return outcome;
}

TEST(Points, AreAllOrNothingUnlessShared)
{
    EXPECT_EQ(grade_of(worth(4, false), so_many(20, 20)).points, 4);
    EXPECT_EQ(grade_of(worth(4, false), so_many(19, 20)).points, 0);
    EXPECT_EQ(grade_of(worth(4, false), so_many(19, 20)).status, rule_status::failed);
}

TEST(Points, AreTheShareOfRunsThatPassRoundedToHundredths)
{
    const rule_grade third = grade_of(worth(1, true), so_many(1, 3));
    EXPECT_EQ(third.points, 0.33);
    EXPECT_EQ(third.status, rule_status::partial);
    EXPECT_EQ(grade_of(worth(5, true), so_many(0, 3)).status, rule_status::failed);
    EXPECT_EQ(grade_of(worth(5, true), so_many(3, 3)).status, rule_status::passed);
    EXPECT_EQ(grade_of(worth(5, true), so_many(0, 0)).points, 0);
}

TEST(Points, AreNoneForWhatIsUnsupportedNotBuiltOrInError)
{
    rule_outcome outcome = so_many(0, 3);
    outcome.unsupported = true;
    EXPECT_EQ(grade_of(worth(5, true), outcome).status, rule_status::unsupported);
    outcome = so_many(3, 3);
    outcome.error = "no memory";
    EXPECT_EQ(grade_of(worth(5, true), outcome).status, rule_status::error);
    EXPECT_EQ(grade_of(worth(5, true), outcome).points, 0);
    outcome.not_built = true;
    EXPECT_EQ(grade_of(worth(5, true), outcome).status, rule_status::not_built);
}

TEST(Points, AreWrittenWithoutNeedlessDigits)
{
    EXPECT_EQ(points_text(7), "7");
    EXPECT_EQ(points_text(6.5), "6.5");
    EXPECT_EQ(points_text(0.33), "0.33");
    EXPECT_EQ(points_text(0), "0");
    EXPECT_EQ(points_text(100), "100");
}

TEST(Points, OfASubmissionAreTheirSum)
{
    rubric by;
    by.rules = {worth(2, false), worth(4, true)};
    const auto grade = graded(by, "ada", "", {so_many(1, 1), so_many(1, 4)});
    EXPECT_EQ(grade.points, 3);
    EXPECT_EQ(by.points(), 6);
}

TEST(HiddenSeeds, ComeFromTheSecretAndTheRuleAlone)
{
    rubric by;
    by.secret = "walrus";
    grading_rule rule;
    rule.name = "loss";
    rule.seeds = 3;
    const auto seeds = hidden_seeds(by, rule);
    ASSERT_EQ(seeds.size(), 3U);
    EXPECT_NE(seeds[0], seeds[1]);
    EXPECT_EQ(seeds, hidden_seeds(by, rule));
    rule.seeds = 2;
    EXPECT_EQ(hidden_seeds(by, rule), std::vector(seeds.begin(), seeds.begin() + 2));
    rule.name = "delay";
    EXPECT_NE(hidden_seeds(by, rule).front(), seeds.front());
    by.secret = "carpenter";
    rule.name = "loss";
    EXPECT_NE(hidden_seeds(by, rule).front(), seeds.front());
}

} // namespace
} // namespace badwire::harness
