#include "sim/link/segment.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "impl/base/bytes.hpp"

namespace badwire::link {

bool segment::is(segment_kind kind) const
{
    const bool syn = (flags & tcp_flags::syn) != 0, acks = (flags & tcp_flags::ack) != 0;
    const bool fin = (flags & tcp_flags::fin) != 0, rst = (flags & tcp_flags::rst) != 0;
    switch (kind) {
    case segment_kind::syn: return syn && !acks && !rst;
    case segment_kind::syn_ack: return syn && acks && !rst;
    case segment_kind::data: return bytes > 0 && !rst;
    case segment_kind::ack: return acks && bytes == 0 && !syn && !fin && !rst;
    case segment_kind::fin: return fin && !rst;
    case segment_kind::rst: return rst;
    }
    return false;
}

std::string words_of(const segment& what)
{
    std::string words;
    for (std::size_t i = 0; i < segment_kinds.size(); ++i) {
        const auto kind = static_cast<segment_kind>(i);
        if (!what.is(kind)) continue;
        words += (words.empty() ? "" : " ") + std::string(to_string(kind));
        if (kind == segment_kind::data)
            words += fmt::format(" {}:{}", what.first_byte(), what.first_byte() + what.bytes);
    }
    return words.empty() ? "other" : words;
}

std::array<std::byte, segment_header_bytes> canonical_header(const segment& of)
{
    constexpr std::size_t sequence_at = 4, length_at = 12, flags_at = 13;
    std::array<std::byte, segment_header_bytes> made{};
    store_big(std::span<std::byte>(made), sequence_at, static_cast<std::uint32_t>(of.sequence));
    made[length_at] = std::byte{segment_header_bytes / 4 << 4};
    made[flags_at] = std::byte(of.flags & segment::told_flags);
    return made;
}

std::vector<std::byte> canonical_bytes(const segment& of, std::span<const std::byte> data)
{
    const auto header = canonical_header(of);
    std::vector<std::byte> made(header.size() + data.size());
    std::ranges::copy(data, std::ranges::copy(header, made.begin()).out);
    return made;
}

bool segment_match::holds(const segment& what) const
{
    if (what.neither() || (kind && !what.is(*kind))) return false;
    const std::uint64_t first = what.first_byte();
    if (from_byte && (what.bytes == 0 || first != *from_byte)) return false;
    return !byte || (*byte >= first && *byte - first < what.bytes);
}

} // namespace badwire::link
