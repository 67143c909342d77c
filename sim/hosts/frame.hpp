// frame.hpp: what an Ethernet frame says, as far as a network of hosts has to know. Pure, no I/O;
// thread-safe. Any bytes may be given: nothing is thrown, nothing outside them is read.
//
// Offsets instead of pointers: a frame stays valid when its bytes are copied elsewhere. Limits: no
// VLAN tags, no jumbograms; checksums are not verified (the receiving host does that); fragments are
// not put together.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <boost/asio/ip/address.hpp>

namespace badwire::hosts {

inline constexpr std::size_t ethernet_header_bytes = 14;
/// The largest frame: the largest IPv4 packet behind its Ethernet header.
inline constexpr std::size_t frame_bytes_max = ethernet_header_bytes + 65'535;

enum class frame_kind : std::uint8_t {
    other, // no IP, or a fragment, or cut short, or a protocol that is none of these
    arp,
    neighbour_discovery, // RFC 4861
    multicast_listener,  // MLD: RFC 2710, 3810
    igmp,
    icmp,
    icmpv6, // but for the two above
    udp,
    tcp
};

enum class fragment_place : std::uint8_t { whole, first, later };

using mac_address = std::array<std::byte, 6>;

struct tcp_fields {
    std::uint32_t sequence = 0, acknowledged = 0;
    std::uint16_t window = 0;
    std::uint8_t flags = 0; // link::tcp_flags, and those of ECN
    std::uint8_t header_bytes = 0;
    bool operator==(const tcp_fields&) const = default;
};

struct frame {
    frame_kind kind = frame_kind::other;
    mac_address destination{}, source{};

    std::uint8_t ip_version = 0; // 4, 6; 0: no IP, or its header is not whole
    std::uint8_t protocol = 0;   // IANA's number of what the IP packet carries
    std::uint8_t ecn = 0; // RFC 3168: 0 not capable, 1 and 2 capable, 3 congestion experienced
    fragment_place fragment = fragment_place::whole;
    boost::asio::ip::address from{}, to{}; // of IP; of ARP: the sender's, the target's
    std::uint16_t from_port = 0, to_port = 0;
    tcp_fields tcp{};

    std::size_t transport_offset = 0; // of what the IP packet carries
    std::size_t checksum_offset = 0;  // of a checksum that covers the addresses, too; 0: none
    // What follows the last header that was understood, without the padding of short frames.
    std::size_t payload_offset = 0, payload_bytes = 0;

    /// To more than one receiver: the group bit of Ethernet.
    bool to_group() const { return (destination[0] & std::byte{1}) != std::byte{0}; }
    bool to_all() const
    {
        return std::ranges::all_of(destination,
                                   [](std::byte one) { return one == std::byte{0xff}; });
    }
    std::span<const std::byte> payload(std::span<const std::byte> bytes) const
    {
        return bytes.subspan(payload_offset, payload_bytes);
    }
    std::span<std::byte> payload(std::span<std::byte> bytes) const
    {
        return bytes.subspan(payload_offset, payload_bytes);
    }
    bool operator==(const frame&) const = default;
};

frame parse_frame(std::span<const std::byte> bytes);

} // namespace badwire::hosts
