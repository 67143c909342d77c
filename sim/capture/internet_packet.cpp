#include "sim/capture/internet_packet.hpp"

#include <array>
#include <cassert>
#include <cstring>

#include <netinet/in.h>

namespace badwire::capture {
namespace {

constexpr std::uint8_t time_to_live = 64;
constexpr std::uint32_t mapped_prefix = 0x0000ffff; // third word of ::ffff:a.b.c.d

void put_bytes(std::byte*& out, const void* bytes, std::size_t size)
{
    std::memcpy(out, bytes, size);
    out += size;
}
void put8(std::byte*& out, std::uint8_t value) { *out++ = std::byte{value}; }
void put_big16(std::byte*& out, std::size_t value)
{
    const std::uint16_t wire = htons(static_cast<std::uint16_t>(value));
    put_bytes(out, &wire, sizeof wire);
}

template <typename Address>
Address native(const sockaddr* of)
{
    Address address{};
    std::memcpy(&address, of, sizeof address);
    return address;
}

bool is_v4(const sockaddr* at) { return at->sa_family == AF_INET; }

// In the order of the wire. The checksum stands at the same place for both families.
std::uint16_t port_of(const sockaddr* at)
{
    static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
    std::uint16_t port = 0;
    std::memcpy(&port, reinterpret_cast<const char*>(at) + offsetof(sockaddr_in, sin_port),
                sizeof port);
    return port;
}

in6_addr as_v6(const sockaddr* at)
{
    if (!is_v4(at)) return native<sockaddr_in6>(at).sin6_addr;
    in6_addr mapped{};
    const std::uint32_t prefix = htonl(mapped_prefix);
    const in_addr address = native<sockaddr_in>(at).sin_addr;
    std::memcpy(&mapped.s6_addr[8], &prefix, sizeof prefix);
    std::memcpy(&mapped.s6_addr[12], &address, sizeof address);
    return mapped;
}

void put_big32(std::byte*& out, std::uint32_t value)
{
    const std::uint32_t wire = htonl(value);
    put_bytes(out, &wire, sizeof wire);
}

void put_ip(std::byte*& out, const sockaddr* from, const sockaddr* to, std::size_t bytes,
            std::uint8_t protocol, std::uint8_t ecn)
{
    if (is_v4(from) && is_v4(to)) {
        put8(out, 0x45); // version 4, five words
        put8(out, ecn);  // of the traffic class
        put_big16(out, ipv4_header_bytes + bytes);
        put_big16(out,
                  0); // identification: none is needed (RFC 6864) where fragments are forbidden
        put_big16(out, 0x4000); // do not fragment
        put8(out, time_to_live);
        put8(out, protocol);
        put_big16(out, 0); // checksum
        const auto source = native<sockaddr_in>(from).sin_addr;
        const auto target = native<sockaddr_in>(to).sin_addr;
        put_bytes(out, &source, sizeof source);
        put_bytes(out, &target, sizeof target);
    } else {
        put8(out, 0x60);                                // version 6
        put8(out, static_cast<std::uint8_t>(ecn << 4)); // of the traffic class; no flow label
        put_big16(out, 0);
        put_big16(out, bytes);
        put8(out, protocol);
        put8(out, time_to_live);
        const in6_addr source = as_v6(from), target = as_v6(to);
        put_bytes(out, &source, sizeof source);
        put_bytes(out, &target, sizeof target);
    }
}

void put_ports(std::byte*& out, const sockaddr* from, const sockaddr* to)
{
    const std::uint16_t source = port_of(from), target = port_of(to);
    put_bytes(out, &source, sizeof source);
    put_bytes(out, &target, sizeof target);
}

void store16(std::byte* at, std::uint16_t value) { std::memcpy(at, &value, sizeof value); }

} // namespace

std::size_t write_headers(std::byte* out, const sockaddr* from, const sockaddr* to,
                          std::size_t payload_bytes, std::uint8_t ecn)
{
    std::byte* const begin = out;
    assert(payload_bytes <= payload_bytes_max - (is_v4(from) && is_v4(to) ? ipv4_header_bytes : 0));
    const std::size_t udp_bytes = udp_header_bytes + payload_bytes;
    put_ip(out, from, to, udp_bytes, IPPROTO_UDP, ecn);
    put_ports(out, from, to);
    put_big16(out, udp_bytes);
    put_big16(out, 0); // checksum
    return static_cast<std::size_t>(out - begin);
}

std::size_t write_headers(std::byte* out, const sockaddr* from, const sockaddr* to,
                          std::size_t payload_bytes, const tcp_fields& tcp)
{
    std::byte* const begin = out;
    const std::size_t tcp_bytes = tcp_header_bytes + (tcp.syn ? tcp_options_bytes : 0);
    put_ip(out, from, to, tcp_bytes + payload_bytes, IPPROTO_TCP, 0);
    put_ports(out, from, to);
    put_big32(out, tcp.sequence);
    put_big32(out, tcp.acknowledgment);
    put8(out, static_cast<std::uint8_t>(tcp_bytes / 4 << 4));
    put8(out, static_cast<std::uint8_t>((tcp.end ? 0x01 : 0) | (tcp.syn ? 0x02 : 0) |
                                        (tcp.reset ? 0x04 : 0) | (tcp.push ? 0x08 : 0) |
                                        (tcp.acknowledges ? 0x10 : 0)));
    put_big16(out, 0xffff); // window
    put_big16(out, 0);      // checksum
    put_big16(out, 0);      // urgent
    // Segment size 1460; nothing, window scale 7; nothing twice, selective acknowledgments.
    constexpr std::array<std::uint8_t, tcp_options_bytes> options{2, 4, 0x05, 0xb4, 1, 3,
                                                                  3, 7, 1,    1,    4, 2};
    if (tcp.syn) put_bytes(out, options.data(), options.size());
    return static_cast<std::size_t>(out - begin);
}

std::uint16_t ones_complement_sum(std::span<const std::byte> bytes, std::uint64_t sum)
{
    // Words of any size give the same sum once folded (RFC 1071, 2 C); 32 bits cannot overflow 64
    // within a packet.
    const std::byte* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 4; at += 4, left -= 4) {
        std::uint32_t word = 0;
        std::memcpy(&word, at, sizeof word);
        sum += word;
    }
    std::uint32_t rest = 0;
    std::memcpy(&rest, at, left);
    sum += rest;
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(sum);
}

void complete_checksums(std::span<std::byte> packet)
{
    const bool v4 = packet[0] == std::byte{0x45};
    const std::size_t ip_bytes = v4 ? ipv4_header_bytes : ipv6_header_bytes;
    const auto addresses = v4 ? packet.subspan(12, 8) : packet.subspan(8, 32);
    if (v4) {
        std::byte* const checksum = &packet[10];
        store16(checksum, 0);
        store16(checksum,
                static_cast<std::uint16_t>(~ones_complement_sum(packet.first(ipv4_header_bytes))));
    }
    const auto datagram = packet.subspan(ip_bytes);
    const std::byte protocol = packet[v4 ? 9 : 6];
    const bool tcp = protocol == std::byte{IPPROTO_TCP};
    std::byte* const checksum = &datagram[tcp ? 16 : 6];
    store16(checksum, 0);
    // The pseudo header: addresses, protocol and length.
    std::uint64_t sum = ones_complement_sum(addresses);
    sum += htons(std::to_integer<std::uint16_t>(protocol));
    sum += htons(static_cast<std::uint16_t>(datagram.size()));
    const auto sent = static_cast<std::uint16_t>(~ones_complement_sum(datagram, sum));
    // Of a datagram, 0 would mean that there is no checksum.
    store16(checksum, sent == 0 && !tcp ? 0xffff : sent);
}

} // namespace badwire::capture
