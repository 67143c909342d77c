// bytes.hpp: bytes as text, text as bytes, and numbers as they travel: big-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <boost/endian/conversion.hpp>

namespace badwire {

inline std::string_view as_text(std::span<const std::byte> bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline std::span<const std::byte> as_bytes(std::string_view text)
{
    return std::as_bytes(std::span(text));
}

/// The number at `offset`, where there must be as many bytes as it has.
template <typename Number>
Number load_big(std::span<const std::byte> bytes, std::size_t offset)
{
    return boost::endian::endian_load<Number, sizeof(Number), boost::endian::order::big>(
        reinterpret_cast<const unsigned char*>(bytes.data() + offset));
}

template <typename Number>
void store_big(std::span<std::byte> bytes, std::size_t offset, Number number)
{
    boost::endian::endian_store<Number, sizeof(Number), boost::endian::order::big>(
        reinterpret_cast<unsigned char*>(bytes.data() + offset), number);
}

template <typename Number>
void append_big(std::vector<std::byte>& out, Number number)
{
    out.resize(out.size() + sizeof(Number));
    store_big(out, out.size() - sizeof(Number), number);
}

} // namespace badwire
