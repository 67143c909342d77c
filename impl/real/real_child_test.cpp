// A program that another one starts, such as a player.

#include <csignal>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <gtest/gtest.h>

#include "impl/real/real_network.hpp"

namespace badwire::net {
namespace {

using namespace std::chrono_literals;
using asio::redirect_error;
using asio::use_awaitable;

struct RealChildProcess : testing::Test {
    RealChildProcess() { std::signal(SIGPIPE, SIG_IGN); } // as badwire's main does

    template <typename Step>
    void play(Step step)
    {
        asio::co_spawn(context, std::move(step), [](std::exception_ptr problem) {
            if (problem) std::rethrow_exception(problem);
        });
        context.run();
    }

    child start(std::vector<std::string> words, bool feeds_input = false)
    {
        const child_command command{std::move(words), feeds_input};
        return network.start_child(command);
    }

    asio::io_context context{1};
    real_network network{context, ".", 1};
};

TEST_F(RealChildProcess, ItsExitStatusIsTold)
{
    play([this]() -> awaitable<void> {
        child three = start({"sh", "-c", "exit 3"});
        EXPECT_EQ(co_await three.async_wait(), 3);
        child killed = start({"sh", "-c", "kill -9 $$"});
        EXPECT_EQ(co_await killed.async_wait(), 128 + SIGKILL);
    });
}

TEST_F(RealChildProcess, ReadsWhatItIsFedToTheEnd)
{
    play([this]() -> awaitable<void> {
        child reader = start({"sh", "-c", "test \"$(cat)\" = 'two words'"}, true);
        co_await reader.async_write_some(asio::buffer("two ", 4));
        co_await reader.async_write_some(asio::buffer("words", 5));
        reader.close_input();
        EXPECT_EQ(co_await reader.async_wait(), 0);
    });
}

TEST_F(RealChildProcess, FeedingOneThatIsGoneIsAnErrorAndNotTheEnd)
{
    play([this]() -> awaitable<void> {
        child gone = start({"true"}, true);
        co_await gone.async_wait();
        error_code error;
        co_await gone.async_write_some(asio::buffer("x", 1), redirect_error(use_awaitable, error));
        EXPECT_EQ(error, asio::error::broken_pipe);
    });
}

TEST_F(RealChildProcess, OneThatCannotBeStartedIsAFailure)
{
    EXPECT_THROW(start({"no-such-program-anywhere"}), failure);
    EXPECT_THROW(start({"/"}), failure);
}

TEST_F(RealChildProcess, EndsWithItsObjectEvenIfItIgnoresTheRequest)
{
    const auto begin = clock::now();
    {
        child polite = start({"sleep", "60"});
    }
    EXPECT_LT(clock::now() - begin, 2s);
    child stubborn;
    play([&, this]() -> awaitable<void> {
        stubborn = start({"sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"});
        co_await network.sleep_for(100ms);
    });
    stubborn = child();
    EXPECT_LT(clock::now() - begin, 10s);
}

TEST_F(RealChildProcess, StoppingTheNetworkAbortsWhatWaitsAndEndsIt)
{
    error_code error;
    play([&, this]() -> awaitable<void> {
        child sleeper = start({"sleep", "60"});
        asio::post(context, [this] { network.stop(); });
        co_await sleeper.async_wait(redirect_error(use_awaitable, error));
    });
    EXPECT_EQ(error, asio::error::operation_aborted);
}

} // namespace
} // namespace badwire::net
