#include "impl/talk/frame_reader.hpp"

#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "impl/base/bytes.hpp"
#include "impl/talk/classic_reader.hpp"
#include "impl/talk/scripted_stream_for_tests.hpp"

namespace badwire::talk {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using end = scripted_stream::end;
using silence = scripted_stream::silence;
using step = scripted_stream::step;

std::string frame(std::uint32_t unit, std::string_view payload)
{
    return std::string(
        as_text(wire::encode_stream_frame(wire::datagram_kind::data, unit, as_bytes(payload))));
}

// What a reader makes of a script, in words; an exception appears as "failure: …".
struct reading {
    using words = std::vector<std::string>;
    using reader = std::function<net::awaitable<void>(net::tcp_stream&, words&)>;

    static words run(std::deque<step> script, const reader& read)
    {
        net::asio::io_context context;
        std::vector<net::duration> deadlines;
        net::tcp_stream stream(
            std::make_unique<scripted_stream>(context, std::move(script), deadlines));
        stream.expires_after(10s);
        words seen;
        net::asio::co_spawn(context, read(stream, seen), [&](std::exception_ptr problem) {
            try {
                if (problem) std::rethrow_exception(problem);
            } catch (const net::failure& failure) {
                seen.push_back(std::string("failure: ") + failure.what());
            }
        });
        context.run();
        return seen;
    }

    static net::awaitable<void> read_frames(net::tcp_stream& stream, words& seen,
                                            std::string_view begun)
    {
        frame_reader frames(stream, begun);
        wire::transfer_datagram next{};
        for (int quiet = 0; quiet < 2;) {
            const arrival got = co_await frames.next(next);
            if (got == arrival::end) break;
            if (got == arrival::quiet) ++quiet;
            else seen.push_back(fmt::format("{}:{}", next.unit, as_text(next.payload)));
        }
    }

    static words frames(std::deque<step> script, std::string_view begun = "")
    {
        return run(std::move(script), [begun](net::tcp_stream& stream, words& seen) {
            return read_frames(stream, seen, begun);
        });
    }

    static net::awaitable<void> read_units(net::tcp_stream& stream, words& seen)
    {
        classic_unit_reader units(stream);
        while (!units.ended()) seen.push_back(co_await units.next());
    }

    static words units(std::deque<step> script)
    {
        return run(std::move(script),
                   [](net::tcp_stream& stream, words& seen) { return read_units(stream, seen); });
    }
};

TEST(FrameReader, TakesFramesFromPiecesOfAnySize)
{
    const std::string bytes = frame(1, "hello") + frame(2, "") + frame(3, std::string(5000, 'x'));
    const auto all = ElementsAre("1:hello", "2:", "3:" + std::string(5000, 'x'));
    EXPECT_THAT(reading::frames({bytes, end{}}), all);
    std::deque<step> crumbs;
    for (const char byte : bytes) crumbs.emplace_back(std::string(1, byte));
    crumbs.emplace_back(end{});
    EXPECT_THAT(reading::frames(crumbs), all);
    EXPECT_THAT(reading::frames({bytes.substr(4), end{}}, bytes.substr(0, 4)), all);
}

TEST(FrameReader, KeepsWhatCameOfAFrameBeforeSilence)
{
    const std::string bytes = frame(1, "hello");
    EXPECT_THAT(reading::frames({bytes.substr(0, 22), silence{}, bytes.substr(22), end{}}),
                ElementsAre("1:hello"));
}

TEST(FrameReader, WhatIsCutDamagedOrNoFrameIsAFailure)
{
    std::string bytes = frame(1, "hello");
    EXPECT_THAT(reading::frames({bytes.substr(0, 10), end{}}),
                ElementsAre(HasSubstr("within a frame")));
    EXPECT_THAT(reading::frames({std::string(30, 'x')}),
                ElementsAre(HasSubstr("not of the framed wire")));
    std::string damaged = bytes;
    damaged.back() = 'x';
    EXPECT_THAT(reading::frames({damaged}), ElementsAre(HasSubstr("is damaged")));
    bytes[8] = '\xff';
    EXPECT_THAT(reading::frames({bytes}), ElementsAre(HasSubstr("at most 66000 are allowed")))
        << "4 GiB are not even waited for";
}

TEST(ClassicUnitReader, AUnitIsAsLargeAsTheFirstOrEndsWithSilence)
{
    const std::string full(100, 'x');
    EXPECT_THAT(reading::units({full, full, "abc", silence{}, "__END__", end{}}),
                ElementsAre(full, full, "abc", "__END__"));
    EXPECT_THAT(reading::units({full.substr(0, 40), full.substr(40), "__END__", end{}}),
                ElementsAre(full, "__END__"))
        << "a unit in two pieces is one";
    EXPECT_THAT(reading::units({"abc", silence{}, "def", "gh", silence{}, end{}}),
                ElementsAre("abc", "def", "gh", ""))
        << "once the first was of three bytes, all are";
}

} // namespace
} // namespace badwire::talk
