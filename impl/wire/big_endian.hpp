// big_endian.hpp: numbers as they travel.
#pragma once

#include <cstddef>
#include <span>

#include <boost/endian/conversion.hpp>

namespace badwire::wire {

/// The number at `offset`, where there must be as many bytes as it has.
template <typename Number>
Number load(std::span<const std::byte> bytes, std::size_t offset)
{
    return boost::endian::endian_load<Number, sizeof(Number), boost::endian::order::big>(
        reinterpret_cast<const unsigned char*>(bytes.data() + offset));
}

template <typename Number>
void store(std::span<std::byte> bytes, std::size_t offset, Number number)
{
    boost::endian::endian_store<Number, sizeof(Number), boost::endian::order::big>(
        reinterpret_cast<unsigned char*>(bytes.data() + offset), number);
}

} // namespace badwire::wire
