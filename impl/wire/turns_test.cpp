#include "impl/wire/turns.hpp"

#include <gtest/gtest.h>

namespace badwire::wire {
namespace {

TEST(TurnTaking, OneSpeaksThenTheOther)
{
    turn_taking turns(turn::mine);
    turns.typed("hello");
    EXPECT_EQ(turns.next_to_say(), "hello");
    EXPECT_FALSE(turns.may_speak());
    turns.heard();
    EXPECT_TRUE(turns.may_speak());
}

TEST(TurnTaking, WhatIsTypedOutOfTurnWaitsForTheTurn)
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

TEST(TurnTaking, TheEndOfInputWaitsForTheReply)
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

TEST(TurnTaking, WhoeverTypesFirstBegins)
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
