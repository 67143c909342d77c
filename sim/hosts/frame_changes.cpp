#include "sim/hosts/frame_changes.hpp"

#include <cstring>

#include <arpa/inet.h>

#include "sim/capture/internet_packet.hpp"

namespace badwire::hosts {
namespace {

using bytes_view = std::span<const std::byte>;
using capture::ones_complement_sum;

constexpr std::size_t ipv4_checksum_offset = ethernet_header_bytes + 10;

// Checksums are kept in the machine's order: the sum does not mind (RFC 1071, 2 B).
std::uint16_t load_checksum(bytes_view bytes, std::size_t at)
{
    std::uint16_t value = 0;
    std::memcpy(&value, &bytes[at], sizeof value);
    return value;
}

void store_checksum(std::span<std::byte> bytes, std::size_t at, std::uint16_t value)
{
    std::memcpy(&bytes[at], &value, sizeof value);
}

// RFC 1624, equation 3, for any number of whole words.
std::uint16_t updated(std::uint16_t checksum, bytes_view before, bytes_view after)
{
    std::uint32_t sum = static_cast<std::uint16_t>(~checksum);
    sum += static_cast<std::uint16_t>(~ones_complement_sum(before));
    sum += ones_complement_sum(after);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

std::uint16_t for_udp(std::uint16_t checksum)
{
    return checksum == 0 ? 0xffff : checksum; // 0 would mean that there is none
}

enum class covered_by : std::uint8_t { ip, both };

// Writes whole words at an even offset of what is covered.
void replace(std::span<std::byte> bytes, const frame& parsed, std::size_t at, bytes_view by,
             covered_by which)
{
    const auto place = bytes.subspan(at, by.size());
    if (parsed.ip_version == 4)
        store_checksum(bytes, ipv4_checksum_offset,
                       updated(load_checksum(bytes, ipv4_checksum_offset), place, by));
    if (which != covered_by::ip && parsed.checksum_offset != 0) {
        const bool udp = parsed.protocol == IPPROTO_UDP;
        const std::uint16_t before = load_checksum(bytes, parsed.checksum_offset);
        const std::uint16_t after = updated(before, place, by);
        if (!udp || before != 0)
            store_checksum(bytes, parsed.checksum_offset, udp ? for_udp(after) : after);
    }
    std::ranges::copy(by, place.begin());
}

// Addresses stand at these offsets of a frame.
std::size_t source_offset(const frame& of)
{
    return ethernet_header_bytes + (of.ip_version == 4 ? 12 : 8);
}
std::size_t destination_offset(const frame& of)
{
    return ethernet_header_bytes + (of.ip_version == 4 ? 16 : 24);
}

bool set_address(std::span<std::byte> bytes, const frame& parsed, std::size_t at,
                 boost::asio::ip::address& known, const boost::asio::ip::address& to)
{
    if (parsed.ip_version == 0 || known.is_v4() != to.is_v4()) return false;
    const auto write = [&](const auto& raw) {
        replace(bytes, parsed, at, std::as_bytes(std::span(raw)), covered_by::both);
    };
    if (to.is_v4()) write(to.to_v4().to_bytes());
    else write(to.to_v6().to_bytes());
    known = to;
    return true;
}

} // namespace

bool set_source(std::span<std::byte> bytes, frame& parsed, const boost::asio::ip::address& to)
{
    return set_address(bytes, parsed, source_offset(parsed), parsed.from, to);
}

bool set_destination(std::span<std::byte> bytes, frame& parsed, const boost::asio::ip::address& to)
{
    return set_address(bytes, parsed, destination_offset(parsed), parsed.to, to);
}

bool mark_congestion(std::span<std::byte> bytes, frame& parsed)
{
    constexpr std::uint8_t experienced = 3;
    if (parsed.ip_version == 0) return false;
    const std::size_t at = ethernet_header_bytes; // version and traffic class share the first word
    std::array word{bytes[at], bytes[at + 1]};
    word[1] |= std::byte{experienced} << (parsed.ip_version == 4 ? 0 : 4);
    replace(bytes, parsed, at, word, covered_by::ip);
    parsed.ecn = experienced;
    return true;
}

bool complete_udp_checksum(std::span<std::byte> bytes, const frame& parsed)
{
    if (parsed.kind != frame_kind::udp) return false;
    const std::size_t addresses_bytes = parsed.ip_version == 4 ? 8 : 32;
    const std::size_t datagram_bytes =
        parsed.payload_offset + parsed.payload_bytes - parsed.transport_offset;
    store_checksum(bytes, parsed.checksum_offset, 0);
    std::uint64_t sum = ones_complement_sum(bytes.subspan(source_offset(parsed), addresses_bytes));
    sum += htons(IPPROTO_UDP);
    sum += htons(static_cast<std::uint16_t>(datagram_bytes));
    const auto datagram = bytes.subspan(parsed.transport_offset, datagram_bytes);
    const auto checksum = static_cast<std::uint16_t>(~ones_complement_sum(datagram, sum));
    store_checksum(bytes, parsed.checksum_offset, for_udp(checksum));
    return true;
}

} // namespace badwire::hosts
