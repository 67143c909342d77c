// The file is read again by the test's own reader, which is written from the draft alone.
#include "sim/capture/pcapng_writer.hpp"

#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include <unistd.h>

using badwire::capture::endpoint;
using badwire::capture::pcapng_writer;
using namespace std::chrono_literals;

namespace {

struct block {
    std::uint32_t type = 0;
    std::string body;
    std::map<int, std::string> options;
};

template <typename Number>
Number number(std::string_view bytes, std::size_t offset)
{
    Number value{};
    EXPECT_LE(offset + sizeof value, bytes.size());
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

std::size_t padded(std::size_t bytes) { return (bytes + 3) / 4 * 4; }

// Options end with opt_endofopt, right before the trailer.
std::map<int, std::string> read_options(std::string_view bytes)
{
    std::map<int, std::string> options;
    while (!bytes.empty()) {
        const auto code = number<std::uint16_t>(bytes, 0);
        const auto length = number<std::uint16_t>(bytes, 2);
        if (code == 0) {
            EXPECT_EQ(length, 0);
            EXPECT_EQ(bytes.size(), 4u) << "nothing follows the end";
            return options;
        }
        options[code] = bytes.substr(4, length);
        for (std::size_t i = 4u + length; i < 4 + padded(length); ++i) EXPECT_EQ(bytes[i], 0);
        bytes.remove_prefix(4 + padded(length));
    }
    EXPECT_TRUE(options.empty()) << "options without an end";
    return options;
}

std::vector<block> read_blocks(const std::string& path)
{
    std::ostringstream read;
    read << std::ifstream(path, std::ios::binary).rdbuf();
    const std::string all = read.str();
    std::string_view left = all;
    std::vector<block> blocks;
    while (!left.empty()) {
        block one{.type = number<std::uint32_t>(left, 0), .body = {}, .options = {}};
        const auto length = number<std::uint32_t>(left, 4);
        EXPECT_EQ(length % 4, 0u);
        EXPECT_EQ(number<std::uint32_t>(left, length - 4), length) << "it stands at both ends";
        one.body = left.substr(8, length - 12);
        const std::size_t fixed = one.type == 0x0A0D0D0A ? 16
                                  : one.type == 1
                                      ? 8
                                      : 20 + padded(number<std::uint32_t>(one.body, 12));
        one.options = read_options(std::string_view(one.body).substr(fixed));
        blocks.push_back(std::move(one));
        left.remove_prefix(length);
    }
    return blocks;
}

std::uint64_t time_of(const block& packet)
{
    return std::uint64_t{number<std::uint32_t>(packet.body, 4)} << 32 |
           number<std::uint32_t>(packet.body, 8);
}

const endpoint client(boost::asio::ip::make_address("127.0.0.1"), 40000);
const endpoint relay(boost::asio::ip::make_address("127.0.0.1"), 5000);
const endpoint client6(boost::asio::ip::make_address("::1"), 40000);
const endpoint relay6(boost::asio::ip::make_address("::1"), 5000);

struct PcapngWriterTest : ::testing::Test {
    const std::string path = ::testing::TempDir() + "capture_" + std::to_string(::getpid());
    ~PcapngWriterTest() override { ::unlink(path.c_str()); }
};

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

} // namespace

TEST_F(PcapngWriterTest, ASectionAndTwoInterfacesForEachLink)
{
    pcapng_writer writer(path);
    const auto wan = writer.add_link("wan");
    const auto lan = writer.add_link("lan");
    writer.close();
    EXPECT_EQ(static_cast<int>(wan.server), 1);
    EXPECT_EQ(static_cast<int>(lan.client), 2);

    const auto blocks = read_blocks(path);
    ASSERT_EQ(blocks.size(), 5u);
    EXPECT_EQ(blocks[0].type, 0x0A0D0D0Au);
    EXPECT_EQ(number<std::uint32_t>(blocks[0].body, 0), 0x1A2B3C4Du);
    EXPECT_EQ(number<std::uint16_t>(blocks[0].body, 4), 1) << "major version";
    EXPECT_EQ(number<std::int64_t>(blocks[0].body, 8), -1) << "length unknown";
    EXPECT_EQ(blocks[0].options.at(4), "badwire");
    const char* const names[] = {"wan client side", "wan server side", "lan client side",
                                 "lan server side"};
    for (std::size_t i = 1; i < 5; ++i) {
        EXPECT_EQ(blocks[i].type, 1u);
        EXPECT_EQ(number<std::uint16_t>(blocks[i].body, 0), 101) << "LINKTYPE_RAW";
        EXPECT_EQ(blocks[i].options.at(2), names[i - 1]);
        EXPECT_EQ(blocks[i].options.at(9), "\x09") << "nanoseconds";
    }
}

TEST_F(PcapngWriterTest, PacketsStandInTheOrderOfTheirTimes)
{
    pcapng_writer writer(path, {.epoch = 0s});
    const auto wan = writer.add_link("wan");
    for (const auto time : {5ms, 9ms, 2ms, 9ms, 7ms})
        writer.packet(wan.client, client, relay, bytes("x"), time);
    writer.add_link("lan"); // its interfaces stand before all packets
    writer.close();
    std::vector<std::uint64_t> times;
    std::vector<std::uint32_t> types;
    for (const block& one : read_blocks(path)) {
        types.push_back(one.type);
        if (one.type == 6) times.push_back(time_of(one) / 1'000'000);
    }
    EXPECT_EQ(times, (std::vector<std::uint64_t>{2, 5, 7, 9, 9}));
    EXPECT_EQ(types, (std::vector<std::uint32_t>{0x0A0D0D0A, 1, 1, 1, 1, 6, 6, 6, 6, 6}));
}

TEST_F(PcapngWriterTest, PacketsOfAllLengthsWithAndWithoutComments)
{
    pcapng_writer writer(path, {.epoch = 1'700'000'000s, .file = {.own_thread = false}});
    const auto wan = writer.add_link("wan");
    const std::string all(65'507, 'x');
    struct sent {
        std::size_t length;
        std::string comment;
    };
    std::vector<sent> packets;
    for (std::size_t length : {0u, 1u, 2u, 3u, 4u, 1400u, 65'507u})
        for (const char* comment : {"", "a", "dropped by loss", "mü"})
            packets.push_back({length, comment});
    for (std::size_t i = 0; i < packets.size(); ++i) {
        const bool v4 = i % 2 == 0;
        writer.packet(wan.server, v4 ? client : client6, v4 ? relay : relay6,
                      bytes(all).first(packets[i].length), 1ns * i, packets[i].comment);
    }
    writer.close();

    const auto blocks = read_blocks(path);
    ASSERT_EQ(blocks.size(), 3 + packets.size());
    for (std::size_t i = 0; i < packets.size(); ++i) {
        const block& packet = blocks[3 + i];
        EXPECT_EQ(packet.type, 6u);
        EXPECT_EQ(number<std::uint32_t>(packet.body, 0), static_cast<std::uint32_t>(wan.server));
        EXPECT_EQ(time_of(packet), 1'700'000'000'000'000'000u + i);
        const std::size_t expected = packets[i].length + (i % 2 == 0 ? 28 : 48);
        EXPECT_EQ(number<std::uint32_t>(packet.body, 12), expected);
        EXPECT_EQ(number<std::uint32_t>(packet.body, 16), expected);
        EXPECT_EQ(packet.body[20], i % 2 == 0 ? 0x45 : 0x60);
        const std::size_t ports = 20 + (i % 2 == 0 ? 20 : 40);
        EXPECT_EQ(packet.body.substr(ports, 4), "\x9c\x40\x13\x88") << "40000 to 5000";
        EXPECT_NE(packet.body.substr(ports + 6, 2), std::string(2, '\0')) << "a UDP checksum";
        EXPECT_EQ(packet.options.contains(1), !packets[i].comment.empty());
        EXPECT_EQ(packet.options.contains(1) ? packet.options.at(1) : "", packets[i].comment);
    }
}

TEST_F(PcapngWriterTest, WithAndWithoutAThreadTheBytesAreTheSame)
{
    std::string written[2];
    for (const bool own_thread : {false, true}) {
        pcapng_writer writer(path, {.epoch = 0s, .file = {.own_thread = own_thread}});
        const auto wan = writer.add_link("wan");
        const std::string payload(1000, 'p');
        for (int i = 0; i < 5000; ++i) // several buffers, and more than a second
            writer.packet(wan.client, client, relay, bytes(payload), 1ms * i, i % 3 ? "" : "late");
        writer.close();
        std::ostringstream read;
        read << std::ifstream(path, std::ios::binary).rdbuf();
        written[own_thread] = read.str();
    }
    EXPECT_EQ(written[0].size(), 44 + 2 * 52 + 5000 * 1060 + 1667 * 12u);
    EXPECT_TRUE(written[0] == written[1]);
    EXPECT_EQ(read_blocks(path).size(), 5003u);
}

TEST_F(PcapngWriterTest, ALongCommentIsCutBetweenCharacters)
{
    pcapng_writer writer(path);
    const auto wan = writer.add_link("wan");
    std::string comment;
    for (int i = 0; i < 3000; ++i) comment += "ü";
    comment = "." + comment;
    writer.packet(wan.client, client, relay, bytes("x"), 0ns, comment);
    writer.close();
    EXPECT_EQ(read_blocks(path).at(3).options.at(1), comment.substr(0, 4095));
}

TEST_F(PcapngWriterTest, WhatFitsIntoNoDatagramIsCut)
{
    pcapng_writer writer(path);
    const auto wan = writer.add_link("wan");
    const std::string payload(70'000, 'x');
    writer.packet(wan.client, client, relay, bytes(payload), 0ns);
    writer.packet(wan.client, client6, relay6, bytes(payload), 0ns);
    writer.close();
    const auto blocks = read_blocks(path);
    EXPECT_EQ(number<std::uint32_t>(blocks.at(3).body, 12), 65'535u);
    EXPECT_EQ(number<std::uint32_t>(blocks.at(4).body, 12), 65'575u);
}

TEST_F(PcapngWriterTest, WhatHasWaitedForASecondIsWrittenWithTheNextPacket)
{
    pcapng_writer writer(path, {.file = {.own_thread = false}});
    const auto wan = writer.add_link("wan");
    writer.packet(wan.client, client, relay, bytes("x"), 0ns);
    EXPECT_TRUE(read_blocks(path).empty());
    writer.packet(wan.client, client, relay, bytes("y"), 1001ms);
    EXPECT_EQ(read_blocks(path).size(), 4u) << "all but the last";
}
