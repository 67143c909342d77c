#include "sim/capture/internet_packet.hpp"

#include <cstring>
#include <vector>

#include <boost/asio/ip/udp.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace badwire::capture;
using endpoint = boost::asio::ip::udp::endpoint;

namespace {

endpoint at(const char* address, unsigned short port)
{
    return {boost::asio::ip::make_address(address), port};
}

std::vector<std::byte> packet(const endpoint& from, const endpoint& to, std::string_view payload)
{
    std::vector<std::byte> made(headers_bytes_max + payload.size());
    const std::size_t headers = write_headers(made.data(), from.data(), to.data(), payload.size());
    std::memcpy(made.data() + headers, payload.data(), payload.size());
    made.resize(headers + payload.size());
    complete_checksums(made);
    return made;
}

std::string hex(std::span<const std::byte> bytes)
{
    std::string text;
    for (const std::byte byte : bytes) text += fmt::format("{:02x}", std::to_integer<int>(byte));
    return text;
}

std::string without_spaces(std::string text)
{
    std::erase(text, ' ');
    return text;
}

// As RFC 1071 says, byte by byte. A correct packet sums up to 0xffff.
unsigned sum_of(std::span<const std::byte> bytes, unsigned sum)
{
    for (std::size_t i = 0; i < bytes.size(); ++i)
        sum += std::to_integer<unsigned>(bytes[i]) << (i % 2 ? 0 : 8);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

} // namespace

TEST(InternetPacketTest, AnIpv4DatagramToTheByte)
{
    EXPECT_EQ(hex(packet(at("127.0.0.1", 5000), at("127.0.0.2", 53), "hi")),
              without_spaces("4500 001e 0000 4000 4011 3ccc 7f000001 7f000002 1388 0035 000a 85b0 "
                             "6869"));
}

TEST(InternetPacketTest, AnIpv6DatagramToTheByte)
{
    EXPECT_EQ(hex(packet(at("::1", 1), at("fe80::2", 2), "a")),
              without_spaces("60000000 0009 11 40 00000000000000000000000000000001 "
                             "fe800000000000000000000000000002 0001 0002 0009 a055 61"));
}

TEST(InternetPacketTest, ChecksumsAreRightForEveryLengthAndFamily)
{
    for (const auto& [from, to] : {std::pair{at("127.0.0.1", 40000), at("10.1.2.3", 7)},
                                   std::pair{at("::1", 40000), at("2001:db8::5", 7)}}) {
        const bool v4 = from.address().is_v4();
        for (std::size_t length : {0u, 1u, 2u, 3u, 64u, 1399u, 1400u, 65'507u}) {
            std::string payload(length, '\0');
            for (std::size_t i = 0; i < length; ++i) payload[i] = static_cast<char>(i * 7 + 3);
            const auto made = packet(from, to, payload);
            const std::span all(made);
            if (v4) {
                EXPECT_EQ(sum_of(all.first(20), 0), 0xffffu);
            }
            const auto datagram = all.subspan(v4 ? 20 : 40);
            const auto addresses = v4 ? all.subspan(12, 8) : all.subspan(8, 32);
            const unsigned pseudo = sum_of(addresses, 17 + static_cast<unsigned>(datagram.size()));
            EXPECT_EQ(sum_of(datagram, pseudo), 0xffffu) << length;
            EXPECT_NE(hex(datagram.subspan(6, 2)), "0000");
        }
    }
}

TEST(InternetPacketTest, AChecksumOfZeroIsSentAsAllOnes)
{
    // The payload is chosen so that the sum is 0xffff.
    const auto from = at("127.0.0.1", 1), to = at("127.0.0.1", 2);
    const auto zeros = packet(from, to, std::string_view("\0\0", 2));
    const std::string lacking(reinterpret_cast<const char*>(&zeros[26]), 2);
    const auto sums_up_to_nothing = packet(from, to, lacking);
    EXPECT_EQ(hex(std::span(sums_up_to_nothing).subspan(26, 2)), "ffff");
}

TEST(InternetPacketTest, BetweenTheFamiliesIpv4IsMapped)
{
    const auto made = packet(at("127.0.0.1", 1), at("::1", 2), "x");
    EXPECT_EQ(hex(std::span(made).subspan(8, 16)), "00000000000000000000ffff7f000001");
}
