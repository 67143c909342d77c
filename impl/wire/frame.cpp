#include "impl/wire/frame.hpp"

#include <algorithm>
#include <array>

#include <xxhash.h>

namespace badwire::wire {

namespace {

constexpr std::size_t checksum_offset = 16;

std::array<std::byte, 4> magic_of(char letter)
{
    return {std::byte{0xbd}, std::byte{'W'}, static_cast<std::byte>(letter), std::byte{1}};
}

std::uint64_t checksum(std::span<const std::byte> bytes)
{
    std::vector<std::byte> copy(bytes.begin(), bytes.end());
    std::fill_n(copy.begin() + checksum_offset, 4, std::byte{});
    return XXH3_64bits(copy.data(), copy.size()) & 0xffffffff;
}

} // namespace

void append_number(std::vector<std::byte>& out, std::uint64_t number, std::size_t bytes)
{
    for (std::size_t left = bytes; left-- > 0;)
        out.push_back(static_cast<std::byte>(number >> (8 * left)));
}

std::uint64_t read_number(std::span<const std::byte> bytes, std::size_t offset, std::size_t size)
{
    std::uint64_t number = 0;
    for (const std::byte each : bytes.subspan(offset, size))
        number = number << 8 | std::to_integer<std::uint64_t>(each);
    return number;
}

std::vector<std::byte> encode_frame(char letter, const frame& what)
{
    const auto magic = magic_of(letter);
    std::vector<std::byte> out(magic.begin(), magic.end());
    out.reserve(frame_header_size + what.payload.size());
    append_number(out, std::uint64_t{what.kind} << 24, 4);
    append_number(out, what.session, 4);
    append_number(out, what.unit, 4);
    append_number(out, 0, 4);
    out.insert(out.end(), what.payload.begin(), what.payload.end());
    std::vector<std::byte> sum;
    append_number(sum, checksum(out), 4);
    std::copy(sum.begin(), sum.end(), out.begin() + checksum_offset);
    return out;
}

std::optional<frame> decode_frame(char letter, std::span<const std::byte> bytes)
{
    if (bytes.size() < frame_header_size || !has_frame_magic(letter, bytes)) return std::nullopt;
    if (read_number(bytes, 5, 3) != 0) return std::nullopt;
    if (read_number(bytes, checksum_offset, 4) != checksum(bytes)) return std::nullopt;
    return frame{std::to_integer<std::uint8_t>(bytes[4]),
                 static_cast<std::uint32_t>(read_number(bytes, 8, 4)),
                 static_cast<std::uint32_t>(read_number(bytes, 12, 4)),
                 bytes.subspan(frame_header_size)};
}

bool has_frame_magic(char letter, std::span<const std::byte> bytes)
{
    const auto magic = magic_of(letter);
    return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
}

bool may_be_text(std::span<const std::byte> bytes)
{
    return std::find(bytes.begin(), bytes.end(), std::byte{}) == bytes.end();
}

} // namespace badwire::wire
