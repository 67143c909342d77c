// What every program shares, seen from run_program: usage, help, exit codes, metrics.
#include "impl/apps/shared/program.hpp"

#include <set>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "impl/real/real_network.hpp"

namespace badwire::apps {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

struct outcome {
    int code = -1;
    std::string out, err;
};

outcome run(const program& which, std::vector<std::string> arguments, bool stop_first = false)
{
    net::asio::io_context context;
    net::real_network network(context, testing::TempDir(), 1);
    outcome result;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    if (stop_first) network.stop();
    net::asio::co_spawn(context, run_program(which, std::move(arguments), network),
                        [&](std::exception_ptr, int code) { result.code = code; });
    context.run();
    result.out = testing::internal::GetCapturedStdout();
    result.err = testing::internal::GetCapturedStderr();
    return result;
}

// A program that does as the test says.
program made_of(role as, std::function<net::awaitable<void>(net::network&)> main)
{
    return {.name = "test",
            .section = "0",
            .summary = "",
            .role = as,
            .parse = [main](const program&, std::span<const std::string>) {
                return invocation{"", main};
            }};
}

net::awaitable<void> fail(net::network&)
{
    throw net::failure("no luck");
    co_return;
}

TEST(Program, EveryOneHasANameOfItsOwnHelpAndStrictOptions)
{
    std::set<std::string_view> names;
    for (const program& each : catalogue()) {
        SCOPED_TRACE(each.name);
        EXPECT_TRUE(names.insert(each.name).second);
        EXPECT_EQ(find_program(each.name), &each);

        const outcome help = run(each, {"--help"});
        EXPECT_EQ(help.code, 0);
        EXPECT_THAT(help.out, HasSubstr("--metrics"));
        const auto* address = each.role == role::client ? "--host" : "--bind";
        EXPECT_THAT(help.out, HasSubstr(each.multicast ? "--group" : address));

        const outcome nonsense = run(each, {"--nonsense"});
        EXPECT_EQ(nonsense.code, 2);
        EXPECT_EQ(nonsense.out, "");
        EXPECT_THAT(nonsense.err, StartsWith(fmt::format("badwire {}: ", each.name)));
        EXPECT_THAT(nonsense.err, EndsWith("--help\" for more.\n"));
    }
    EXPECT_EQ(find_program("no-such-program"), nullptr);
}

TEST(Program, AFailureIsOneLineAndExitCode1)
{
    const outcome failed = run(made_of(role::client, fail), {});
    EXPECT_EQ(failed.code, 1);
    EXPECT_EQ(failed.err, "badwire test: no luck\n");
}

TEST(Program, AStoppedServerDidItsJobAndAStoppedClientDidNot)
{
    EXPECT_EQ(run(made_of(role::server, fail), {}, true).code, 0);
    const outcome client = run(made_of(role::client, fail), {}, true);
    EXPECT_EQ(client.code, 1);
    EXPECT_EQ(client.err, "badwire test: interrupted\n");
}

TEST(Program, TextsMayLookLikeAnything)
{
    const program& sender = *find_program("datagram-sender");
    for (const std::string text : {"[a,b]", "-x", "--", "a b", "{}", "%%", "a=b"}) {
        const outcome sent = run(sender, {"--port", "9", "--message=" + text});
        EXPECT_EQ(sent.code, 0) << text << ": " << sent.err;
        EXPECT_EQ(sent.out, "Message sent: " + text + "\n");
    }
    EXPECT_EQ(run(sender, {"--port", "9", "--message", ""}).out, "Message sent: \n");
}

TEST(Program, AMetricsFileThatCannotBeWrittenIsAFailure)
{
    const outcome sent =
        run(*find_program("datagram-sender"), {"--port", "9", "--metrics", "no/such/folder/m"});
    EXPECT_EQ(sent.code, 1);
    EXPECT_THAT(sent.err, HasSubstr("--metrics"));
}

} // namespace
} // namespace badwire::apps
