// pcapng_format.hpp: the names and numbers of pcapng (draft-ietf-opsawg-pcapng) that we use.
// Everything is in the machine's byte order; the magic tells readers which that is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace badwire::capture {

enum block_type : std::uint32_t {
    section_header = 0x0A0D0D0A,
    interface_description = 1,
    enhanced_packet = 6,
};

// In an enhanced packet: type and total length; interface, time (two halves), captured and original
// length.
constexpr std::size_t interface_offset = 8;
constexpr std::size_t time_offset = 12;
constexpr std::size_t captured_length_offset = 20;
constexpr std::size_t packet_offset = 28;

// In an interface description.
constexpr std::size_t link_type_offset = 8;
constexpr std::uint16_t linktype_ethernet = 1, linktype_raw = 101;

inline std::uint16_t read16(const std::byte* at)
{
    std::uint16_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
}

inline std::uint32_t read32(const std::byte* at)
{
    std::uint32_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
}

} // namespace badwire::capture
