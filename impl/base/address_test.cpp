#include "impl/base/address.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <gtest/gtest.h>

namespace badwire {
namespace {

namespace ip = boost::asio::ip;

TEST(Address, EndpointsReadLikeAddresses)
{
    const auto v4 = ip::make_address("127.0.0.1");
    const auto v6 = ip::make_address("::1");
    EXPECT_EQ(to_text(ip::udp::endpoint(v4, 5000)), "127.0.0.1:5000");
    EXPECT_EQ(to_text(ip::tcp::endpoint(v6, 5000)), "[::1]:5000");
}

TEST(Address, AHostAndAPortAreReadAsTheyAreWritten)
{
    const auto v6 = parse_host_and_port("[::1]:5000");
    ASSERT_TRUE(v6);
    EXPECT_EQ(v6->host, "::1");
    EXPECT_EQ(v6->port, 5000);
    EXPECT_TRUE(v6->bracketed);
    const auto named = parse_host_and_port("localhost:0");
    ASSERT_TRUE(named);
    EXPECT_EQ(named->host, "localhost");
    EXPECT_FALSE(named->bracketed);
    for (const char* wrong : {"", "localhost", "localhost:", "localhost:65536", "localhost:1x"})
        EXPECT_FALSE(parse_host_and_port(wrong)) << wrong;
}

} // namespace
} // namespace badwire
