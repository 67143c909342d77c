#include "sim/hosts/frame.hpp"

#include <cstring>
#include <optional>

#include <netinet/in.h>

#include "impl/base/bytes.hpp"

namespace badwire::hosts {
namespace {

using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;
using bytes_view = std::span<const std::byte>;

constexpr std::uint16_t ethertype_ipv4 = 0x0800, ethertype_arp = 0x0806, ethertype_ipv6 = 0x86dd;
constexpr std::size_t ipv4_header_bytes_min = 20, ipv6_header_bytes = 40;
constexpr std::size_t udp_header_bytes = 8, tcp_header_bytes_min = 20;

template <typename Address>
Address load_address(bytes_view bytes, std::size_t offset)
{
    typename Address::bytes_type raw{};
    std::memcpy(raw.data(), bytes.data() + offset, raw.size());
    return Address(raw);
}

// What stands behind the headers that were understood.
void set_payload(frame& into, std::size_t offset, std::size_t end)
{
    into.payload_offset = offset;
    into.payload_bytes = end - offset;
}

// RFC 826, of IPv4 on Ethernet.
void read_arp(bytes_view bytes, frame& into)
{
    constexpr std::uint64_t ipv4_on_ethernet = 0x0001'0800'06'04;
    constexpr std::size_t arp_bytes = 28, sender = 14, target = 24;
    const bytes_view packet = bytes.subspan(ethernet_header_bytes);
    if (packet.size() < arp_bytes || load_big<std::uint64_t>(packet, 0) >> 16 != ipv4_on_ethernet)
        return;
    into.kind = frame_kind::arp;
    into.from = load_address<address_v4>(packet, sender);
    into.to = load_address<address_v4>(packet, target);
    into.payload_bytes = arp_bytes;
}

void place_fragment(frame& into, std::size_t offset, bool more)
{
    if (offset != 0) into.fragment = fragment_place::later;
    else if (more) into.fragment = fragment_place::first;
}

// Returns where the packet ends, if all of it is there.
std::optional<std::size_t> read_ipv4(bytes_view bytes, frame& into)
{
    const bytes_view packet = bytes.subspan(ethernet_header_bytes);
    if (packet.size() < ipv4_header_bytes_min) return std::nullopt;
    const auto first = std::to_integer<std::size_t>(packet[0]);
    const std::size_t header = 4 * (first & 15);
    if (first >> 4 != 4 || header < ipv4_header_bytes_min || header > packet.size())
        return std::nullopt;
    into.ip_version = 4;
    into.ecn = std::to_integer<std::uint8_t>(packet[1] & std::byte{3});
    into.protocol = std::to_integer<std::uint8_t>(packet[9]);
    into.from = load_address<address_v4>(packet, 12);
    into.to = load_address<address_v4>(packet, 16);
    const auto fragment = load_big<std::uint16_t>(packet, 6);
    place_fragment(into, fragment & 0x1fff, (fragment & 0x2000) != 0);
    into.transport_offset = ethernet_header_bytes + header;
    const std::size_t total = load_big<std::uint16_t>(packet, 2);
    if (total < header || total > packet.size()) return std::nullopt;
    return ethernet_header_bytes + total;
}

// Goes past the extension headers (RFC 8200, section 4; the authentication header of RFC 4302). A
// packet on its way to a router that it names is not understood: its checksum is of another address.
bool skip_extensions(bytes_view bytes, std::size_t end, frame& into)
{
    std::size_t& at = into.transport_offset;
    while (true) {
        const std::uint8_t next = into.protocol;
        const bool extension = next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING ||
                               next == IPPROTO_DSTOPTS || next == IPPROTO_AH ||
                               next == IPPROTO_FRAGMENT;
        if (!extension) return true;
        if (end - at < 8) return false;
        const auto units = std::to_integer<std::size_t>(bytes[at + 1]);
        std::size_t length = 8 * (units + 1);
        if (next == IPPROTO_AH) length = 4 * (units + 2);
        if (next == IPPROTO_FRAGMENT) {
            length = 8;
            const auto fragment = load_big<std::uint16_t>(bytes, at + 2);
            place_fragment(into, fragment >> 3, (fragment & 1) != 0);
        }
        if (next == IPPROTO_ROUTING && bytes[at + 3] != std::byte{0}) return false;
        if (end - at < length) return false;
        into.protocol = std::to_integer<std::uint8_t>(bytes[at]);
        at += length;
        if (into.fragment == fragment_place::later) return true; // what follows is no header
    }
}

std::optional<std::size_t> read_ipv6(bytes_view bytes, frame& into)
{
    const bytes_view packet = bytes.subspan(ethernet_header_bytes);
    if (packet.size() < ipv6_header_bytes || (packet[0] >> 4) != std::byte{6}) return std::nullopt;
    into.ip_version = 6;
    into.ecn = std::to_integer<std::uint8_t>(packet[1] >> 4 & std::byte{3});
    into.protocol = std::to_integer<std::uint8_t>(packet[6]);
    into.from = load_address<address_v6>(packet, 8);
    into.to = load_address<address_v6>(packet, 24);
    into.transport_offset = ethernet_header_bytes + ipv6_header_bytes;
    const std::size_t carried = load_big<std::uint16_t>(packet, 4);
    if (carried > packet.size() - ipv6_header_bytes) return std::nullopt;
    const std::size_t end = into.transport_offset + carried;
    if (!skip_extensions(bytes, end, into)) return std::nullopt;
    return end;
}

void read_ports(bytes_view bytes, frame& into)
{
    into.from_port = load_big<std::uint16_t>(bytes, into.transport_offset);
    into.to_port = load_big<std::uint16_t>(bytes, into.transport_offset + 2);
}

void read_udp(bytes_view bytes, std::size_t end, frame& into)
{
    const std::size_t at = into.transport_offset;
    if (end - at < udp_header_bytes) return;
    const std::size_t length = load_big<std::uint16_t>(bytes, at + 4);
    if (length < udp_header_bytes || length > end - at) return;
    into.kind = frame_kind::udp;
    read_ports(bytes, into);
    set_payload(into, at + udp_header_bytes, at + length);
}

void read_tcp(bytes_view bytes, std::size_t end, frame& into)
{
    const std::size_t at = into.transport_offset;
    if (end - at < tcp_header_bytes_min) return;
    const std::size_t header = 4 * (std::to_integer<std::size_t>(bytes[at + 12]) >> 4);
    if (header < tcp_header_bytes_min || header > end - at) return;
    into.kind = frame_kind::tcp;
    read_ports(bytes, into);
    into.tcp = {.sequence = load_big<std::uint32_t>(bytes, at + 4),
                .acknowledged = load_big<std::uint32_t>(bytes, at + 8),
                .window = load_big<std::uint16_t>(bytes, at + 14),
                .flags = std::to_integer<std::uint8_t>(bytes[at + 13]),
                .header_bytes = static_cast<std::uint8_t>(header)};
    set_payload(into, at + header, end);
}

void read_icmpv6(bytes_view bytes, std::size_t end, frame& into)
{
    constexpr std::uint8_t mld_query = 130, mld_done = 132, mld_report_v2 = 143;
    constexpr std::uint8_t router_solicitation = 133, redirect = 137;
    if (end - into.transport_offset < 4) return;
    const auto type = std::to_integer<std::uint8_t>(bytes[into.transport_offset]);
    into.kind = frame_kind::icmpv6;
    if ((type >= mld_query && type <= mld_done) || type == mld_report_v2)
        into.kind = frame_kind::multicast_listener;
    if (type >= router_solicitation && type <= redirect)
        into.kind = frame_kind::neighbour_discovery;
}

// Where a checksum stands that covers the addresses, too, in the header of a transport protocol.
void find_checksum(std::size_t end, frame& into)
{
    std::size_t offset = 0;
    if (into.protocol == IPPROTO_UDP) offset = 6;
    else if (into.protocol == IPPROTO_TCP) offset = 16;
    else if (into.protocol == IPPROTO_ICMPV6 && into.ip_version == 6) offset = 2;
    if (offset != 0 && into.fragment != fragment_place::later &&
        end - into.transport_offset >= offset + 2)
        into.checksum_offset = into.transport_offset + offset;
}

void read_transport(bytes_view bytes, std::size_t end, frame& into)
{
    set_payload(into, into.transport_offset, end);
    find_checksum(end, into);
    if (into.fragment != fragment_place::whole) return;
    const bool v4 = into.ip_version == 4;
    switch (into.protocol) {
    case IPPROTO_UDP: return read_udp(bytes, end, into);
    case IPPROTO_TCP: return read_tcp(bytes, end, into);
    case IPPROTO_ICMPV6:
        if (!v4) read_icmpv6(bytes, end, into);
        return;
    case IPPROTO_ICMP:
        if (v4) into.kind = frame_kind::icmp;
        return;
    case IPPROTO_IGMP:
        if (v4) into.kind = frame_kind::igmp;
        return;
    default: return;
    }
}

} // namespace

frame parse_frame(std::span<const std::byte> bytes)
{
    frame read;
    if (bytes.size() < ethernet_header_bytes) return read;
    std::memcpy(read.destination.data(), bytes.data(), read.destination.size());
    std::memcpy(read.source.data(), bytes.data() + read.destination.size(), read.source.size());
    set_payload(read, ethernet_header_bytes, bytes.size());
    std::optional<std::size_t> end; // of the IP packet
    switch (load_big<std::uint16_t>(bytes, 12)) {
    case ethertype_arp: read_arp(bytes, read); break;
    case ethertype_ipv4: end = read_ipv4(bytes, read); break;
    case ethertype_ipv6: end = read_ipv6(bytes, read); break;
    default: break;
    }
    if (end) read_transport(bytes, *end, read);
    return read;
}

} // namespace badwire::hosts
