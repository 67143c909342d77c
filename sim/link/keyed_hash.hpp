// keyed_hash.hpp: where a link's randomness comes from. Every number is a keyed hash of its purpose
// and its packet, so it does not depend on anything that happened before.
//
//   flow key = XXH3-64(seed; length and bytes of the link's name, direction, flow's name)
//   drawn    = XXH3-64(flow key; rule, content, occurrence), each 8 bytes, little-endian
//
// Two rules never share a number: the number that decides over loss says nothing about the delay.
// Pure functions; the numbers are the same on every machine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <xxhash.h>

namespace badwire::link {

/// What a number is drawn for. Part of the key: once released, values never change.
enum class rule : std::uint64_t {
    loss = 1,
    delay = 2,
    stream_delay = 3,
    chain = 4,       // of Gilbert-Elliott, by index
    burst_loss = 5,  // in its states, by index
    delay_noise = 6, // for correlated delay, by index
    duplicate = 7,
    copies = 8,
    reorder = 9,
    overtakers = 10,
    corrupt = 11,
    bits = 12,
    flipped = 13, // bits after the first have numbers of their own
    pie = 14,     // early drops of that AQM
    refuse = 1000,
    slice = 1001,
    toxicity = 1002, // whether a stream meets a toxic
    segment_loss = 1003,
    segment_chain = 1004, // of Gilbert-Elliott, by index in a stream
    segment_burst_loss = 1005,
    segment_corrupt = 1006,
};

inline void put_le64(unsigned char* to, std::uint64_t number)
{
    for (unsigned i = 0; i < 8; ++i) to[i] = static_cast<unsigned char>(number >> (8 * i));
}

inline std::uint64_t content_hash(std::span<const std::byte> payload)
{
    // An empty span may have no address; xxhash wants one.
    static constexpr char nothing = 0;
    return XXH3_64bits(payload.empty() ? static_cast<const void*>(&nothing) : payload.data(),
                       payload.size());
}

inline std::uint64_t flow_key(std::uint64_t seed, std::string_view link, std::uint8_t direction,
                              std::string_view flow_name)
{
    std::array<unsigned char, 8> length{};
    put_le64(length.data(), link.size());
    std::string packed(length.begin(), length.end());
    packed.append(link).push_back(static_cast<char>(direction));
    packed.append(flow_name);
    return XXH3_64bits_withSeed(packed.data(), packed.size(), seed);
}

/// Uniform in [0, 1): the top 53 bits of the hash, as many as a double holds.
inline double draw(std::uint64_t key, rule about, std::uint64_t content, std::uint64_t occurrence)
{
    std::array<unsigned char, 24> packed;
    put_le64(packed.data(), static_cast<std::uint64_t>(about));
    put_le64(packed.data() + 8, content);
    put_le64(packed.data() + 16, occurrence);
    const auto bits = XXH3_64bits_withSeed(packed.data(), packed.size(), key) >> 11;
    return static_cast<double>(bits) * 0x1p-53;
}

} // namespace badwire::link
