#include "impl/wire/transfer.hpp"

#include <gtest/gtest.h>

#include "impl/base/bytes.hpp"

namespace badwire::wire {
namespace {

std::vector<std::byte> example()
{
    std::vector<std::byte> bytes;
    encode({datagram_kind::data, 0x01020304, 7, as_bytes("hello")}, bytes);
    return bytes;
}

TEST(Transfer, ADatagramLooksOnTheWireAsTheHeaderSays)
{
    const auto bytes = example();
    ASSERT_EQ(bytes.size(), transfer_header_size + 5);
    const std::string_view start("\xbdWF\x01\x01\0\0\0\x01\x02\x03\x04\0\0\0\x07", 16);
    EXPECT_EQ(as_text(bytes).substr(0, 16), start);
    EXPECT_EQ(as_text(bytes).substr(20), "hello");
}

TEST(Transfer, WhatIsEncodedIsDecoded)
{
    const auto bytes = example();
    const auto datagram = decode_transfer(bytes);
    ASSERT_TRUE(datagram);
    EXPECT_EQ(datagram->kind, datagram_kind::data);
    EXPECT_EQ(datagram->session, 0x01020304u);
    EXPECT_EQ(datagram->unit, 7u);
    EXPECT_EQ(as_text(datagram->payload), "hello");
}

TEST(Transfer, EveryTruncationAndEveryFlippedBitIsNoticed)
{
    const auto bytes = example();
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode_transfer(std::span(bytes).first(size))) << size << " bytes";
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        auto damaged = bytes;
        damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
        EXPECT_FALSE(decode_transfer(damaged)) << "bit " << bit;
    }
}

TEST(Transfer, AnAnnouncementSurvivesTheWayAndNonsenseIsRefused)
{
    const transfer_open open{100, 1234, "notes.txt"};
    EXPECT_EQ(decode_open(encode(open)), open);
    EXPECT_EQ(open.units(), 13u);
    EXPECT_FALSE(decode_open(encode(transfer_open{0, 1, "x"}))) << "units of no size";
    EXPECT_FALSE(decode_open(encode(transfer_open{65001, 1, "x"}))) << "units too large";
    EXPECT_FALSE(decode_open(encode(transfer_open{1, 1ull << 40, "x"}))) << "too many units";
    EXPECT_FALSE(decode_open(encode(transfer_open{1, 1, ""}))) << "no name";
    EXPECT_FALSE(decode_open({}));
}

TEST(Transfer, AnEndSurvivesTheWay)
{
    const transfer_end end{99, sha256().finish()};
    EXPECT_EQ(decode_end(encode(end)), end);
    auto cut = encode(end);
    cut.pop_back();
    EXPECT_FALSE(decode_end(cut));
}

TEST(Transfer, TheDigestIsSha256)
{
    sha256 digest;
    digest.update(as_bytes("abc"));
    const auto bytes = digest.finish();
    EXPECT_EQ(bytes.front(), std::byte{0xba}); // FIPS 180-4's own example: ba7816bf … f20015ad
    EXPECT_EQ(bytes.back(), std::byte{0xad});
}

TEST(Transfer, AnAcknowledgmentIsTheSameAfterEncodingAndNeverTooLong)
{
    for (const transfer_ack& ack : {transfer_ack{1, 2}, transfer_ack{3, 4, {1, 2, 3, 4, 5, 6, 7}}})
        EXPECT_EQ(decode_ack(encode(ack)), ack);
    for (const std::size_t size : {0u, 7u, 9u, 40u}) {
        EXPECT_FALSE(decode_ack(std::vector<std::byte>(size))) << size;
    }
}

} // namespace
} // namespace badwire::wire
