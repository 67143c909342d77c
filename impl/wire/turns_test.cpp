#include "impl/wire/turns.hpp"

#include <gtest/gtest.h>

namespace badwire::wire {
namespace {

TEST(turn_taking, one_speaks_then_the_other)
{
    turn_taking turns(turn::mine);
    turns.typed("hello");
    EXPECT_EQ(turns.next_to_say(), "hello");
    EXPECT_FALSE(turns.may_speak());
    turns.heard();
    EXPECT_TRUE(turns.may_speak());
}

TEST(turn_taking, what_is_typed_out_of_turn_waits_for_the_turn)
{
    turn_taking turns(turn::theirs);
    turns.typed("hello");
    EXPECT_FALSE(turns.wants_line()) << "one line is kept, not more";
    EXPECT_EQ(turns.next_to_say(), std::nullopt);
    turns.heard();
    EXPECT_EQ(turns.next_to_say(), "hello");
    EXPECT_EQ(turns.next_to_say(), std::nullopt);
    EXPECT_TRUE(turns.wants_line());
}

TEST(turn_taking, the_end_of_input_waits_for_the_reply)
{
    turn_taking turns(turn::mine);
    turns.typed("hello");
    turns.end_of_input();
    EXPECT_FALSE(turns.over());
    turns.next_to_say();
    EXPECT_FALSE(turns.over()) << "the reply is still to come";
    turns.heard();
    EXPECT_TRUE(turns.over());
    EXPECT_FALSE(turns.wants_line());
}

TEST(turn_taking, whoever_types_first_begins)
{
    turn_taking turns(turn::anyones);
    EXPECT_TRUE(turns.may_speak());
    turns.heard();
    EXPECT_TRUE(turns.may_speak()) << "they began, now it is my turn";
    turns.typed("hello");
    EXPECT_EQ(turns.next_to_say(), "hello");
    EXPECT_FALSE(turns.may_speak());
}

} // namespace
} // namespace badwire::wire
