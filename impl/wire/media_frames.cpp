#include "impl/wire/media_frames.hpp"

#include <algorithm>

#include "impl/base/bytes.hpp"

namespace badwire::wire {

namespace {

constexpr std::size_t unit_header_size = 16;

bool says(std::span<const std::byte> bytes, std::size_t at, std::string_view text)
{
    return bytes.size() >= at + text.size() &&
           std::equal(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                      [](char a, std::byte b) { return static_cast<std::byte>(a) == b; });
}

std::uint32_t riff_number(std::span<const std::byte> bytes, std::size_t at)
{
    return boost::endian::load_little_u32(reinterpret_cast<const unsigned char*>(&bytes[at]));
}

} // namespace

std::vector<std::byte> encode_media(media_kind kind, std::uint32_t session, std::uint32_t unit,
                                    std::span<const std::byte> payload)
{
    return encode_frame(media_letter, {static_cast<std::uint8_t>(kind), session, unit, payload});
}

std::vector<std::byte> encode(const media_unit& unit)
{
    std::vector<std::byte> out;
    out.reserve(unit_header_size + unit.contents.size());
    const auto timestamp = std::chrono::duration_cast<std::chrono::microseconds>(unit.timestamp);
    append_big(out, static_cast<std::uint64_t>(timestamp.count()));
    append_big(out, unit.offset);
    out.insert(out.end(), unit.contents.begin(), unit.contents.end());
    return out;
}

std::vector<std::byte> encode(const media_end& end)
{
    std::vector<std::byte> out;
    append_big(out, end.file_size);
    out.insert(out.end(), end.digest.begin(), end.digest.end());
    return out;
}

std::vector<std::byte> encode_report(std::uint32_t units_received)
{
    std::vector<std::byte> out;
    append_big(out, units_received);
    return out;
}

std::optional<media_unit> decode_media_unit(const frame& from)
{
    constexpr std::uint64_t timestamp_us_max = std::uint64_t{1} << 52; // 140 years
    if (from.payload.size() <= unit_header_size ||
        from.payload.size() > unit_header_size + media_unit_size_max)
        return std::nullopt;
    const auto timestamp_us = load_big<std::uint64_t>(from.payload, 0);
    const auto offset = load_big<std::uint64_t>(from.payload, 8);
    if (timestamp_us > timestamp_us_max) return std::nullopt;
    if (offset < from.unit || offset > std::uint64_t{from.unit} * media_unit_size_max)
        return std::nullopt;
    return media_unit{std::chrono::microseconds(timestamp_us), offset,
                      from.payload.subspan(unit_header_size)};
}

std::optional<media_end> decode_media_end(const frame& from)
{
    media_end end;
    if (from.payload.size() != 8 + end.digest.size()) return std::nullopt;
    end.file_size = load_big<std::uint64_t>(from.payload, 0);
    if (end.file_size < from.unit || end.file_size > std::uint64_t{from.unit} * media_unit_size_max)
        return std::nullopt;
    std::copy_n(from.payload.begin() + 8, end.digest.size(), end.digest.begin());
    return end;
}

std::optional<std::uint32_t> decode_report(const frame& from)
{
    if (from.payload.size() != 4) return std::nullopt;
    return load_big<std::uint32_t>(from.payload, 0);
}

std::optional<std::uint32_t> wav_byte_rate(std::span<const std::byte> beginning)
{
    constexpr std::size_t chunk_header_size = 8;
    constexpr std::size_t rate_at = 8; // in the contents of `fmt `
    if (!says(beginning, 0, "RIFF") || !says(beginning, 8, "WAVE")) return std::nullopt;
    for (std::uint64_t at = 12; at + chunk_header_size + rate_at + 4 <= beginning.size();) {
        const std::uint32_t size = riff_number(beginning, at + 4);
        if (says(beginning, at, "fmt ")) {
            const std::uint32_t rate = riff_number(beginning, at + chunk_header_size + rate_at);
            return rate > 0 ? std::optional(rate) : std::nullopt;
        }
        at += chunk_header_size + size + size % 2;
    }
    return std::nullopt;
}

} // namespace badwire::wire
