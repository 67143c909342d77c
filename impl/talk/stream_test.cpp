#include "impl/talk/stream.hpp"

#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "impl/talk/scripted_stream_for_tests.hpp"

namespace badwire::talk {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using end = scripted_stream::end;
using silence = scripted_stream::silence;
using step = scripted_stream::step;

// Runs a reader on a stream with a script; an exception appears as "failure: …".
struct reading {
    using reader = std::function<net::awaitable<std::string>(net::tcp_stream&)>;

    std::string run(std::deque<step> script, const reader& read)
    {
        net::asio::io_context context;
        net::tcp_stream stream(
            std::make_unique<scripted_stream>(context, std::move(script), deadlines));
        stream.expires_after(10s);
        std::string result;
        const auto finished = [&](std::exception_ptr problem, std::string text) {
            try {
                if (problem) std::rethrow_exception(problem);
                result = text;
            } catch (const net::failure& failure) {
                result = std::string("failure: ") + failure.what();
            }
        };
        net::asio::co_spawn(context, read(stream), finished);
        context.run();
        return result;
    }

    std::string message(std::deque<step> script, std::size_t limit = 8)
    {
        return run(std::move(script),
                   [=](net::tcp_stream& stream) { return read_message(stream, limit); });
    }

    std::string all(std::deque<step> script, std::size_t limit = 8)
    {
        return run(std::move(script),
                   [=](net::tcp_stream& stream) { return read_to_end(stream, limit); });
    }

    std::vector<net::duration> deadlines;
};

TEST(ReadMessage, EndsAtANewlineWhichIsDropped)
{
    EXPECT_EQ(reading().message({"hello\n"}), "hello");
    EXPECT_EQ(reading().message({"hello\r\n"}), "hello");
    EXPECT_EQ(reading().message({"\n"}), "");
    EXPECT_EQ(reading().message({"he", "l", "lo\nrest"}), "hello");
}

TEST(ReadMessage, EndsWhereThePeerCloses)
{
    EXPECT_EQ(reading().message({"12", " 30", end{}}), "12 30");
}

TEST(ReadMessage, EndsWhenAPeerThatMarksNoEndFallsSilent)
{
    reading reading;
    EXPECT_EQ(reading.message({"1", "0", "0", silence{}}), "100");
    EXPECT_EQ(reading.deadlines, (std::vector<net::duration>{10s, 250ms, 250ms, 250ms}));
}

TEST(ReadMessage, ASilentOrGonePeerIsAFailure)
{
    EXPECT_THAT(reading().message({silence{}}), HasSubstr("sent nothing"));
    EXPECT_THAT(reading().message({end{}}), HasSubstr("without sending anything"));
}

TEST(ReadMessage, TheLimitCountsTheMessageAndNotItsLineEnd)
{
    EXPECT_EQ(reading().message({"12345678\r\n"}), "12345678");
    EXPECT_EQ(reading().message({"12345678", "\n"}), "12345678");
    EXPECT_EQ(reading().message({"12345678", end{}}), "12345678");
    EXPECT_THAT(reading().message({"123456789\n"}), HasSubstr("more than the 8 bytes"));
    EXPECT_THAT(reading().message({"123456789", end{}}), HasSubstr("more than the 8 bytes"));
    EXPECT_THAT(reading().message({std::string(100'000, 'x')}), HasSubstr("more than the 8"));
}

TEST(ReadToEnd, TakesNewlinesForBytesAndSilenceForAFailure)
{
    EXPECT_EQ(reading().all({"50", "50\n", end{}}), "5050\n");
    EXPECT_THAT(reading().all({"50", silence{}}), HasSubstr("did not finish in time"));
    EXPECT_THAT(reading().all({"123456789", end{}}), HasSubstr("more than the 8 bytes"));
}

} // namespace
} // namespace badwire::talk
