#include "impl/talk/stream.hpp"

#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "impl/talk/scripted_stream_test.hpp"

namespace badwire::talk {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using end = scripted_stream::end;
using silence = scripted_stream::silence;
using step = scripted_stream::step;

// Runs a reader on a stream with a script; what it throws comes back as "failure: …".
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

TEST(read_message, ends_at_a_newline_which_is_dropped)
{
    EXPECT_EQ(reading().message({"hello\n"}), "hello");
    EXPECT_EQ(reading().message({"hello\r\n"}), "hello");
    EXPECT_EQ(reading().message({"\n"}), "");
    EXPECT_EQ(reading().message({"he", "l", "lo\nrest"}), "hello");
}

TEST(read_message, ends_where_the_peer_closes)
{
    EXPECT_EQ(reading().message({"12", " 30", end{}}), "12 30");
}

TEST(read_message, ends_when_a_peer_that_marks_no_end_falls_silent)
{
    reading reading;
    EXPECT_EQ(reading.message({"1", "0", "0", silence{}}), "100");
    EXPECT_EQ(reading.deadlines, (std::vector<net::duration>{10s, 250ms, 250ms, 250ms}));
}

TEST(read_message, a_silent_or_gone_peer_is_a_failure)
{
    EXPECT_THAT(reading().message({silence{}}), HasSubstr("waited in vain"));
    EXPECT_THAT(reading().message({end{}}), HasSubstr("without sending anything"));
}

TEST(read_message, the_limit_counts_the_message_and_not_its_line_end)
{
    EXPECT_EQ(reading().message({"12345678\r\n"}), "12345678");
    EXPECT_EQ(reading().message({"12345678", "\n"}), "12345678");
    EXPECT_EQ(reading().message({"12345678", end{}}), "12345678");
    EXPECT_THAT(reading().message({"123456789\n"}), HasSubstr("more than the 8 bytes"));
    EXPECT_THAT(reading().message({"123456789", end{}}), HasSubstr("more than the 8 bytes"));
    EXPECT_THAT(reading().message({std::string(100'000, 'x')}), HasSubstr("more than the 8"));
}

TEST(read_to_end, takes_newlines_for_bytes_and_silence_for_a_failure)
{
    EXPECT_EQ(reading().all({"50", "50\n", end{}}), "5050\n");
    EXPECT_THAT(reading().all({"50", silence{}}), HasSubstr("did not finish in time"));
    EXPECT_THAT(reading().all({"123456789", end{}}), HasSubstr("more than the 8 bytes"));
}

} // namespace
} // namespace badwire::talk
