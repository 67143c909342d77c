#include "sim/control/gatekeeper.hpp"

#include <gtest/gtest.h>

using badwire::control::credentials;
using badwire::control::gatekeeper;
using badwire::control::same_in_constant_time;

namespace {

boost::asio::ip::address at(const char* text) { return boost::asio::ip::make_address(text); }

unsigned status(const gatekeeper& who, const credentials& shown)
{
    const auto refused = who.refusal(shown);
    return refused ? refused->status : 200;
}

} // namespace

TEST(GatekeeperTest, LocalNamesAreWelcomeWithAnyPort)
{
    const gatekeeper who(at("127.0.0.1"), "");
    for (const char* host :
         {"localhost", "LocalHost:8474", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8474"})
        EXPECT_EQ(status(who, {.host = host}), 200u) << host;
}

TEST(GatekeeperTest, ANameThatIsMadeToPointHereIsRefused)
{
    const gatekeeper who(at("127.0.0.1"), "");
    for (const char* host :
         {"evil.example", "evil.example:8474", "localhost.evil.example", "", ":", "[", "[::1",
          "127.0.0.1.evil.example", "127.0.0.2", "10.0.0.1", "localhost ", "::1"})
        EXPECT_EQ(status(who, {.host = host}), 403u) << host;
    EXPECT_EQ(status(who, {}), 400u) << "no Host at all";
}

TEST(GatekeeperTest, TheBoundAddressIsWelcome)
{
    EXPECT_EQ(status(gatekeeper(at("127.0.0.5"), ""), {.host = "127.0.0.5:8474"}), 200u);
    const gatekeeper outside(at("10.1.2.3"), "secret");
    EXPECT_EQ(status(outside, {.host = "10.1.2.3", .authorization = "Bearer secret"}), 200u);
    EXPECT_EQ(status(outside, {.host = "10.1.2.4", .authorization = "Bearer secret"}), 403u);
    const gatekeeper everywhere(at("0.0.0.0"), "secret");
    EXPECT_EQ(status(everywhere, {.host = "10.1.2.4", .authorization = "Bearer secret"}), 200u);
    EXPECT_EQ(status(everywhere, {.host = "evil.example", .authorization = "Bearer secret"}), 403u);
}

TEST(GatekeeperTest, WebPagesAreRefused)
{
    const gatekeeper who(at("127.0.0.1"), "");
    for (const char* origin : {"http://evil.example", "null", "http://127.0.0.1:8474"})
        EXPECT_EQ(status(who, {.host = "localhost", .origin = origin}), 403u) << origin;
    EXPECT_EQ(status(who, {.host = "localhost", .fetch_site = "cross-site"}), 403u);
    EXPECT_EQ(status(who, {.host = "localhost", .fetch_site = "none"}), 200u) << "typed by hand";
}

TEST(GatekeeperTest, ATokenIsAskedForWhereThereIsOne)
{
    const gatekeeper who(at("127.0.0.1"), "secret");
    EXPECT_EQ(status(who, {.host = "localhost"}), 401u);
    for (const char* wrong : {"secret", "Basic secret", "Bearer", "Bearer ", "Bearer secre",
                              "Bearer secrets", "Bearer Secret", "Bearer  secret"})
        EXPECT_EQ(status(who, {.host = "localhost", .authorization = wrong}), 401u) << wrong;
    EXPECT_EQ(status(who, {.host = "localhost", .authorization = "Bearer secret"}), 200u);
}

TEST(GatekeeperTest, WhereOthersCanReachItATokenIsNeeded)
{
    EXPECT_THROW(gatekeeper(at("0.0.0.0"), ""), std::invalid_argument);
    EXPECT_THROW(gatekeeper(at("::"), ""), std::invalid_argument);
    EXPECT_THROW(gatekeeper(at("192.168.1.1"), ""), std::invalid_argument);
    EXPECT_NO_THROW(gatekeeper(at("::1"), ""));
}

TEST(GatekeeperTest, RandomTokensAreLongAndDifferent)
{
    const auto one = badwire::control::random_token();
    EXPECT_EQ(one.size(), 64u);
    EXPECT_NE(one, badwire::control::random_token());
    EXPECT_TRUE(same_in_constant_time(one, one));
    EXPECT_FALSE(same_in_constant_time(one, one.substr(1)));
    EXPECT_TRUE(same_in_constant_time("", ""));
}
