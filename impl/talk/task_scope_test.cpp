// Several coroutines that end together, in virtual time: what ends them, when, and which failure is
// the one that is reported.
#include "impl/talk/task_scope.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <gtest/gtest.h>

#include "impl/real/disk_files.hpp"
#include "sim/virtual/virtual_network.hpp"

namespace badwire::talk {
namespace {

using namespace std::chrono_literals;

struct TaskScopeInVirtualTime : testing::Test {
    // Runs `step` to its end; returns what it threw, or nothing.
    std::string play(net::awaitable<void> step)
    {
        std::string thrown = "did not end";
        net::asio::co_spawn(network.get_executor(), std::move(step),
                            [&](std::exception_ptr problem) {
                                thrown.clear();
                                if (!problem) return;
                                try {
                                    std::rethrow_exception(problem);
                                } catch (const std::exception& error) {
                                    thrown = error.what();
                                }
                            });
        world.run();
        return thrown;
    }

    net::duration elapsed() const { return network.now().time_since_epoch(); }

    // Says that it ends, and how.
    net::awaitable<void> wait(net::timer& timer, std::string name)
    {
        net::error_code error;
        co_await timer.async_wait(net::asio::redirect_error(net::asio::use_awaitable, error));
        said += name + (error ? " cancelled; " : " ended; ");
        if (error) throw net::failure(name + " was cancelled");
    }

    net::awaitable<void> fail_after(net::duration delay, std::string why)
    {
        co_await network.sleep_for(delay);
        throw net::failure(why);
    }

    net::timer timer_of(net::duration delay)
    {
        net::timer made = network.make_timer();
        made.expires_after(delay);
        return made;
    }

    sim::world world;
    net::disk_files files{"."};
    std::string errors;
    sim::virtual_network network{world, files, 1, [](std::string_view) {},
                                 [this](std::string_view text) { errors += text; }};
    std::string said;
};

TEST_F(TaskScopeInVirtualTime, TheEndOfTheBodyCancelsTheTasksAndWaitsForThem)
{
    net::timer minute = timer_of(1min);
    task_scope tasks(network, [&] { minute.cancel(); });
    tasks.spawn(wait(minute, "task"));
    EXPECT_EQ(play(tasks.run(network.sleep_for(1s))), "");
    EXPECT_EQ(said, "task cancelled; "); // and its failure, which came of that, is not reported
    EXPECT_EQ(tasks.running(), 0u);
    EXPECT_EQ(elapsed(), 1s);
}

TEST_F(TaskScopeInVirtualTime, TheFailureOfATaskCancelsAllAndIsTheOneThatIsThrown)
{
    net::timer minute = timer_of(1min);
    net::timer hour = timer_of(1h);
    task_scope tasks(network, [&] {
        minute.cancel();
        hour.cancel();
    });
    tasks.spawn(wait(minute, "task"));
    tasks.spawn(fail_after(2s, "the disk is full"));
    EXPECT_EQ(play(tasks.run(wait(hour, "body"))), "the disk is full");
    EXPECT_NE(said.find("task cancelled; "), std::string::npos) << said;
    EXPECT_NE(said.find("body cancelled; "), std::string::npos) << said;
    EXPECT_EQ(elapsed(), 2s);
}

TEST_F(TaskScopeInVirtualTime, TheFailureOfTheBodyComesBeforeWhatItCauses)
{
    net::timer minute = timer_of(1min);
    task_scope tasks(network, [&] { minute.cancel(); });
    tasks.spawn(wait(minute, "task"));
    EXPECT_EQ(play(tasks.run(fail_after(3s, "no luck"))), "no luck");
    EXPECT_EQ(said, "task cancelled; ");
    EXPECT_EQ(elapsed(), 3s);
}

TEST_F(TaskScopeInVirtualTime, ATaskThatEndsWellEndsNoOther)
{
    net::timer second = timer_of(1s);
    net::timer minute = timer_of(1min);
    int cancelled = 0;
    task_scope tasks(network, [&] { ++cancelled; });
    tasks.spawn(wait(second, "task"));
    EXPECT_EQ(play(tasks.run(wait(minute, "body"))), "");
    EXPECT_EQ(said, "task ended; body ended; ");
    EXPECT_EQ(cancelled, 1);
}

TEST_F(TaskScopeInVirtualTime, FewerThanALimitAreWaitedFor)
{
    task_scope tasks(network);
    for (const net::duration each : {1s, 2s, 3s}) tasks.spawn(network.sleep_for(each));
    EXPECT_EQ(play(tasks.below(4)), "");
    EXPECT_EQ(tasks.running(), 0u) << "the world runs on to the end of all";
    EXPECT_EQ(elapsed(), 3s);

    for (const net::duration each : {1s, 2s, 3s}) tasks.spawn(network.sleep_for(each));
    std::size_t running = 0;
    net::duration then{};
    const auto look = [&]() -> net::awaitable<void> {
        co_await tasks.below(2);
        running = tasks.running();
        then = elapsed();
    };
    EXPECT_EQ(play(look()), "");
    EXPECT_EQ(running, 1u);
    EXPECT_EQ(then, 5s);
}

TEST_F(TaskScopeInVirtualTime, AClientsFailureIsToldAndEndsNothing)
{
    task_scope clients(network);
    clients.spawn(telling_failure(network, fail_after(1s, "a bad client")));
    EXPECT_EQ(play(clients.run(network.sleep_for(2s))), "");
    EXPECT_EQ(errors, "a bad client\n");
    EXPECT_EQ(elapsed(), 2s);
}

TEST_F(TaskScopeInVirtualTime, TheLastActIsDoneAfterSuccessAndAfterFailure)
{
    const auto note = [&] { said += fmt::format("at {} s; ", elapsed() / 1s); };
    EXPECT_EQ(play(finally(network.sleep_for(1s), note)), "");
    EXPECT_EQ(play(finally(fail_after(1s, "no luck"), note)), "no luck");
    EXPECT_EQ(said, "at 1 s; at 2 s; ");
}

TEST_F(TaskScopeInVirtualTime, ACancelledReadOfTheConsoleLeavesTheLineToTheNextOne)
{
    std::string line;
    const auto read = [&]() -> net::awaitable<void> {
        task_scope tasks(network, [&] { network.console().cancel_read(); });
        tasks.spawn([](net::console& console) -> net::awaitable<void> {
            co_await console.async_read_line();
        }(network.console()));
        co_await tasks.run(network.sleep_for(1s));
        network.console().type_line("typed late");
        line = co_await network.console().async_read_line();
    };
    EXPECT_EQ(play(read()), "");
    EXPECT_EQ(line, "typed late");
}

} // namespace
} // namespace badwire::talk
