#include "impl/talk/chat_messages.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "impl/talk/scripted_stream_for_tests.hpp"

namespace badwire::talk {
namespace {

using testing::ElementsAre;
using end = scripted_stream::end;
using silence = scripted_stream::silence;

// All messages up to the end, or up to a failure, which comes last.
std::vector<std::string> messages(std::deque<scripted_stream::step> script)
{
    net::asio::io_context context;
    std::vector<net::duration> deadlines;
    net::tcp_stream stream(
        std::make_unique<scripted_stream>(context, std::move(script), deadlines));
    std::vector<std::string> read;
    const auto read_all = [&]() -> net::awaitable<void> {
        chat_messages reader(stream, 8);
        while (auto message = co_await reader.next()) read.push_back(std::move(*message));
        read.emplace_back("(left)");
    };
    net::asio::co_spawn(context, read_all(), [&](std::exception_ptr problem) {
        if (problem) read.emplace_back("(lost)");
    });
    context.run();
    return read;
}

TEST(ChatMessages, AMessageIsALineHoweverItArrives)
{
    EXPECT_THAT(messages({"hel", "lo\nyou\r", "\n\n", end{}}),
                ElementsAre("hello", "you", "", "(left)"));
}

TEST(ChatMessages, SilenceEndsTheMessageOfAPeerThatMarksNoEnds)
{
    EXPECT_THAT(messages({"hello", silence{}, "you", silence{}, end{}}),
                ElementsAre("hello", "you", "(left)"));
}

TEST(ChatMessages, SilenceMeansNothingOnceANewlineCame)
{
    // A read that waits with no deadline fails in the script: the silence is not taken for an end.
    EXPECT_THAT(messages({"hello\nyo", silence{}, "u\n"}), ElementsAre("hello", "(lost)"));
    EXPECT_THAT(messages({"hello\nyo", "u\n", end{}}), ElementsAre("hello", "you", "(left)"));
}

TEST(ChatMessages, APeerIsAnsweredInKind)
{
    net::asio::io_context context;
    std::vector<net::duration> deadlines;
    std::deque<scripted_stream::step> script{"hello", silence{}, "you\n"};
    net::tcp_stream stream(
        std::make_unique<scripted_stream>(context, std::move(script), deadlines));
    chat_messages messages(stream, 8);
    std::vector<std::string> sent{messages.bytes_of("first")};
    const auto talk = [&]() -> net::awaitable<void> {
        for (int i = 0; i < 2; ++i) {
            co_await messages.next();
            sent.push_back(messages.bytes_of("hi"));
        }
    };
    net::asio::co_spawn(context, talk(), net::asio::detached);
    context.run();
    EXPECT_THAT(sent, ElementsAre("first", "hi", "hi\n"));
}

TEST(ChatMessages, AnEmptyMessageNeedsAMarkAndSoDoesWhatFollows)
{
    net::asio::io_context context;
    std::vector<net::duration> deadlines;
    net::tcp_stream stream(
        std::make_unique<scripted_stream>(context, std::deque<scripted_stream::step>(), deadlines));
    chat_messages messages(stream, 8);
    EXPECT_EQ(messages.bytes_of("hi"), "hi");
    EXPECT_EQ(messages.bytes_of(""), "\n");
    EXPECT_EQ(messages.bytes_of("hi"), "hi\n");
}

TEST(ChatMessages, WhatCameBeforeTheEndIsAMessage)
{
    EXPECT_THAT(messages({"hello", end{}}), ElementsAre("hello", "(left)"));
    EXPECT_THAT(messages({end{}}), ElementsAre("(left)"));
}

TEST(ChatMessages, AMessageThatIsTooLongIsRefused)
{
    EXPECT_THAT(messages({"12345678\n", "123456789", silence{}, end{}}),
                ElementsAre("12345678", "(lost)"));
}

} // namespace
} // namespace badwire::talk
