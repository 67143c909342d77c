#include "impl/wire/media_frames.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "impl/base/bytes.hpp"

namespace badwire::wire {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

TEST(MediaFrames, AUnitKeepsItsPlaceItsTimeAndItsContents)
{
    const auto bytes =
        encode_media(media_kind::data, 7, 3, encode(media_unit{30ms, 4500, as_bytes("abc")}));
    const auto frame = decode_frame(media_letter, bytes);
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->session, 7u);
    EXPECT_EQ(frame->unit, 3u);
    const auto unit = decode_media_unit(*frame);
    ASSERT_TRUE(unit);
    EXPECT_EQ(unit->timestamp, 30ms);
    EXPECT_EQ(unit->offset, 4500u);
    EXPECT_EQ(as_text(unit->contents), "abc");
}

TEST(MediaFrames, AUnitThatClaimsAnImpossiblePlaceIsNone)
{
    const auto decoded = [](std::uint32_t number, std::uint64_t offset, std::size_t size) {
        const std::vector<std::byte> contents(size);
        const auto payload = encode(media_unit{0ms, offset, contents});
        return decode_media_unit({1, 7, number, payload}).has_value();
    };
    EXPECT_TRUE(decoded(0, 0, 1));
    EXPECT_TRUE(decoded(2, 4000, 2000));
    EXPECT_FALSE(decoded(0, 1, 1)) << "the first unit begins at 0";
    EXPECT_FALSE(decoded(2, 4001, 1)) << "two units have at most 4000 bytes";
    EXPECT_FALSE(decoded(2, 1, 1)) << "and at least 2";
    EXPECT_FALSE(decoded(1, ~std::uint64_t{0}, 1));
    EXPECT_FALSE(decoded(1, 1, 0)) << "empty";
    EXPECT_FALSE(decoded(1, 1, 2001)) << "too long";
}

TEST(MediaFrames, AnEndKeepsSizeAndDigestAndFitsItsNumberOfUnits)
{
    media_end end{3000, {}};
    end.digest[31] = std::byte{5};
    const auto payload = encode(end);
    const auto decoded = decode_media_end({2, 7, 2, payload});
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->file_size, 3000u);
    EXPECT_EQ(decoded->digest, end.digest);
    EXPECT_FALSE(decode_media_end({2, 7, 1, payload})) << "more than one unit holds";
    EXPECT_FALSE(decode_media_end({2, 7, 3001, payload})) << "fewer than a byte a unit";
    EXPECT_FALSE(decode_media_end({2, 7, 2, std::span(payload).first(39)}));
    const auto empty = encode(media_end{});
    EXPECT_TRUE(decode_media_end({2, 7, 0, empty}));
}

std::string little_endian(std::uint32_t number)
{
    std::string text;
    for (int i = 0; i < 4; ++i) text += static_cast<char>(number >> (8 * i));
    return text;
}

std::string format_chunk(std::uint32_t byte_rate)
{
    return "fmt " + little_endian(16) + "\1\0\2\0"s + little_endian(44100) +
           little_endian(byte_rate) + "\4\0\20\0"s;
}

TEST(WavByteRate, IsReadFromTheHeader)
{
    const std::string riff = "RIFF" + little_endian(1000) + "WAVE";
    const std::string list = "LIST" + little_endian(3) + "abc\0"s; // padded to an even length
    EXPECT_EQ(wav_byte_rate(as_bytes(riff + format_chunk(176400))), 176400u);
    EXPECT_EQ(wav_byte_rate(as_bytes(riff + list + format_chunk(8000))), 8000u);
    EXPECT_EQ(wav_byte_rate(as_bytes(riff + format_chunk(0))), std::nullopt);
    EXPECT_EQ(wav_byte_rate(as_bytes(riff)), std::nullopt);
    EXPECT_EQ(wav_byte_rate(as_bytes("RIFF")), std::nullopt);
    EXPECT_EQ(wav_byte_rate({}), std::nullopt);
    EXPECT_EQ(wav_byte_rate(as_bytes("ID3 is no WAV file and says no byte rate here")),
              std::nullopt);
    const std::string huge = riff + "LIST" + little_endian(0xffffffff) + format_chunk(1);
    EXPECT_EQ(wav_byte_rate(as_bytes(huge)), std::nullopt);
}

} // namespace
} // namespace badwire::wire
