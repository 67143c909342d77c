#include "impl/wire/reply_desk.hpp"

#include <gtest/gtest.h>

namespace badwire::wire {
namespace {

using outcome = reply_desk::outcome;

TEST(ReplyDesk, AnswersInTheOrderOfAsking)
{
    reply_desk desk;
    reply_desk::reply reply;
    EXPECT_EQ(desk.typed("too early", reply), outcome::nobody_waits);
    desk.asks(2);
    desk.asks(1);
    desk.asks(2);
    EXPECT_EQ(desk.next(), 2u);
    EXPECT_EQ(desk.typed("hello", reply), outcome::answered);
    EXPECT_EQ(reply.to, 2u);
    EXPECT_EQ(reply.text, "hello");
    EXPECT_EQ(desk.next(), 1u);
}

TEST(ReplyDesk, ANumberInFrontNamesAnother)
{
    reply_desk desk;
    reply_desk::reply reply;
    desk.asks(1);
    desk.asks(12);
    EXPECT_EQ(desk.typed("@12 hello there", reply), outcome::answered);
    EXPECT_EQ(reply.to, 12u);
    EXPECT_EQ(reply.text, "hello there");
    EXPECT_EQ(desk.typed("@12 again", reply), outcome::refused) << "it has its reply";
    EXPECT_EQ(desk.next(), 1u);
    EXPECT_EQ(desk.typed("@1", reply), outcome::answered);
    EXPECT_EQ(reply.text, "");
}

TEST(ReplyDesk, AMessageMayBeginWithAnAtSign)
{
    for (const auto& [line, text] :
         {std::pair("@@2 text", "@2 text"), {"@all", "@all"}, {"@", "@"}}) {
        reply_desk desk;
        reply_desk::reply reply;
        desk.asks(1);
        EXPECT_EQ(desk.typed(line, reply), outcome::answered) << line;
        EXPECT_EQ(reply.text, text);
    }
}

TEST(ReplyDesk, WhoLeavesWaitsNoMore)
{
    reply_desk desk;
    reply_desk::reply reply;
    desk.asks(1);
    desk.leaves(1);
    EXPECT_EQ(desk.next(), std::nullopt);
    EXPECT_EQ(desk.typed("@1 hello", reply), outcome::refused);
}

} // namespace
} // namespace badwire::wire
