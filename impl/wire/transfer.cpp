#include "impl/wire/transfer.hpp"

#include <algorithm>
#include <array>
#include <limits>

#define XXH_STATIC_LINKING_ONLY // the state on the stack: no allocation per datagram
#include <xxhash.h>

#include <boost/endian/conversion.hpp>

namespace badwire::wire {

namespace {

constexpr std::array magic = {std::byte{0xbd}, std::byte{'W'}, std::byte{'F'}, std::byte{1}};
constexpr std::size_t checksum_offset = 16;

template <typename Number>
Number load(std::span<const std::byte> bytes, std::size_t offset)
{
    return boost::endian::endian_load<Number, sizeof(Number), boost::endian::order::big>(
        reinterpret_cast<const unsigned char*>(bytes.data() + offset));
}

template <typename Number>
void store(std::vector<std::byte>& bytes, std::size_t offset, Number number)
{
    boost::endian::endian_store<Number, sizeof(Number), boost::endian::order::big>(
        reinterpret_cast<unsigned char*>(bytes.data() + offset), number);
}

std::uint32_t checksum(std::span<const std::byte> bytes)
{
    constexpr std::array<std::byte, 4> zero{};
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    XXH3_64bits_reset(&state);
    XXH3_64bits_update(&state, bytes.data(), checksum_offset);
    XXH3_64bits_update(&state, zero.data(), zero.size());
    XXH3_64bits_update(&state, bytes.data() + transfer_header_size,
                       bytes.size() - transfer_header_size);
    return static_cast<std::uint32_t>(XXH3_64bits_digest(&state));
}

} // namespace

void encode(const transfer_datagram& datagram, std::vector<std::byte>& out)
{
    out.assign(transfer_header_size + datagram.payload.size(), std::byte{});
    std::copy(magic.begin(), magic.end(), out.begin());
    out[4] = static_cast<std::byte>(datagram.kind);
    store(out, 8, datagram.session);
    store(out, 12, datagram.unit);
    std::copy(datagram.payload.begin(), datagram.payload.end(), out.begin() + transfer_header_size);
    store(out, checksum_offset, checksum(out));
}

bool has_transfer_magic(std::span<const std::byte> bytes)
{
    return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
}

std::optional<transfer_datagram> decode_transfer(std::span<const std::byte> bytes)
{
    if (bytes.size() < transfer_header_size || !has_transfer_magic(bytes)) return std::nullopt;
    if (bytes[4] > static_cast<std::byte>(datagram_kind::bye)) return std::nullopt;
    if (bytes[5] != std::byte{} || bytes[6] != std::byte{} || bytes[7] != std::byte{})
        return std::nullopt;
    if (load<std::uint32_t>(bytes, checksum_offset) != checksum(bytes)) return std::nullopt;
    return transfer_datagram{static_cast<datagram_kind>(bytes[4]), load<std::uint32_t>(bytes, 8),
                             load<std::uint32_t>(bytes, 12), bytes.subspan(transfer_header_size)};
}

std::vector<std::byte> encode(const transfer_open& open)
{
    const std::span<const std::byte> name = as_bytes(open.name);
    std::vector<std::byte> payload(12 + name.size());
    store(payload, 0, open.unit_size);
    store(payload, 4, open.file_size);
    std::copy(name.begin(), name.end(), payload.begin() + 12);
    return payload;
}

std::optional<transfer_open> decode_open(std::span<const std::byte> payload)
{
    if (payload.size() <= 12) return std::nullopt;
    transfer_open open{load<std::uint32_t>(payload, 0), load<std::uint64_t>(payload, 4),
                       std::string(as_text(payload.subspan(12)))};
    constexpr std::uint64_t units_max = std::numeric_limits<std::uint32_t>::max() - 1;
    if (open.unit_size == 0 || open.unit_size > transfer_unit_size_max) return std::nullopt;
    if (open.file_size > units_max * open.unit_size) return std::nullopt;
    return open;
}

std::vector<std::byte> encode(const transfer_end& end)
{
    std::vector<std::byte> payload(8 + end.digest.size());
    store(payload, 0, end.file_size);
    std::copy(end.digest.begin(), end.digest.end(), payload.begin() + 8);
    return payload;
}

std::optional<transfer_end> decode_end(std::span<const std::byte> payload)
{
    transfer_end end{};
    if (payload.size() != 8 + end.digest.size()) return std::nullopt;
    end.file_size = load<std::uint64_t>(payload, 0);
    std::copy(payload.begin() + 8, payload.end(), end.digest.begin());
    return end;
}

std::vector<std::byte> encode(const transfer_ack& ack)
{
    std::vector<std::byte> payload(8 + 4 * ack.earlier.size());
    store(payload, 0, ack.next);
    store(payload, 4, ack.room);
    for (std::size_t i = 0; i < ack.earlier.size(); ++i) store(payload, 8 + 4 * i, ack.earlier[i]);
    return payload;
}

std::optional<transfer_ack> decode_ack(std::span<const std::byte> payload)
{
    constexpr std::size_t most = 8 + 4 * transfer_ack::earlier_max;
    if (payload.size() < 8 || payload.size() > most || payload.size() % 4 != 0) return std::nullopt;
    transfer_ack ack{load<std::uint32_t>(payload, 0), load<std::uint32_t>(payload, 4)};
    for (std::size_t at = 8; at < payload.size(); at += 4)
        ack.earlier.push_back(load<std::uint32_t>(payload, at));
    return ack;
}

} // namespace badwire::wire
