#include "impl/wire/frame.hpp"

#include <algorithm>
#include <array>

#define XXH_STATIC_LINKING_ONLY // the state on the stack: no allocation per datagram
#include <xxhash.h>

#include "impl/base/bytes.hpp"

namespace badwire::wire {

namespace {

constexpr std::size_t checksum_offset = 16;

// The three bytes after the kind.
bool reserved_are_zero(std::span<const std::byte> bytes)
{
    return (load_big<std::uint32_t>(bytes, 4) & 0xffffff) == 0;
}

std::array<std::byte, 4> magic_of(char letter)
{
    return {std::byte{0xbd}, std::byte{'W'}, static_cast<std::byte>(letter), std::byte{1}};
}

} // namespace

std::uint32_t frame_checksum(std::span<const std::byte> bytes)
{
    constexpr std::array<std::byte, 4> zero{};
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    XXH3_64bits_reset(&state);
    XXH3_64bits_update(&state, bytes.data(), checksum_offset);
    XXH3_64bits_update(&state, zero.data(), zero.size());
    XXH3_64bits_update(&state, bytes.data() + frame_header_size, bytes.size() - frame_header_size);
    return static_cast<std::uint32_t>(XXH3_64bits_digest(&state));
}

std::vector<std::byte> encode_frame(char letter, const frame& what)
{
    std::vector<std::byte> out;
    encode_frame(letter, what, out);
    return out;
}

void encode_frame(char letter, const frame& what, std::vector<std::byte>& out)
{
    out.assign(frame_header_size + what.payload.size(), std::byte{});
    const auto magic = magic_of(letter);
    std::copy(magic.begin(), magic.end(), out.begin());
    out[4] = static_cast<std::byte>(what.kind);
    store_big(out, 8, what.session);
    store_big(out, 12, what.unit);
    std::copy(what.payload.begin(), what.payload.end(), out.begin() + frame_header_size);
    store_big(out, checksum_offset, frame_checksum(out));
}

std::optional<frame> decode_frame(char letter, std::span<const std::byte> bytes)
{
    if (bytes.size() < frame_header_size || !has_frame_magic(letter, bytes)) return std::nullopt;
    if (!reserved_are_zero(bytes)) return std::nullopt;
    if (load_big<std::uint32_t>(bytes, checksum_offset) != frame_checksum(bytes))
        return std::nullopt;
    return frame{std::to_integer<std::uint8_t>(bytes[4]), load_big<std::uint32_t>(bytes, 8),
                 load_big<std::uint32_t>(bytes, 12), bytes.subspan(frame_header_size)};
}

bool has_frame_magic(char letter, std::span<const std::byte> bytes)
{
    const auto magic = magic_of(letter);
    return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
}

bool was_frame(char letter, std::span<const std::byte> bytes)
{
    return has_frame_magic(letter, bytes) ||
           (bytes.size() >= frame_header_size && reserved_are_zero(bytes));
}

bool may_be_text(std::span<const std::byte> bytes)
{
    return std::find(bytes.begin(), bytes.end(), std::byte{}) == bytes.end();
}

} // namespace badwire::wire
