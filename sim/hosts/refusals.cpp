#include "sim/hosts/refusals.hpp"

#include <cstring>

namespace badwire::hosts {

namespace ip = boost::asio::ip;

namespace {

constexpr std::size_t quoting_bytes = 8;
constexpr std::size_t quoted_udp_bytes = 8;
constexpr unsigned udp_protocol = 17;

unsigned byte_at(std::span<const std::byte> bytes, std::size_t i)
{
    return std::to_integer<unsigned>(bytes[i]);
}

template <typename Address>
Address address_at(std::span<const std::byte> bytes, std::size_t offset)
{
    typename Address::bytes_type raw{};
    std::memcpy(raw.data(), bytes.data() + offset, raw.size());
    return Address(raw);
}

// Of the quoted packet, of which only a beginning may be there.
std::optional<refused_datagram> quoted(std::span<const std::byte> packet, bool is_v6)
{
    constexpr std::size_t header_bytes_v6 = 40;
    constexpr std::size_t header_bytes_min_v4 = 20;
    if (packet.size() < (is_v6 ? header_bytes_v6 : header_bytes_min_v4)) return {};
    const std::size_t header =
        is_v6 ? header_bytes_v6 : std::size_t{4} * (byte_at(packet, 0) & 15U);
    if (byte_at(packet, is_v6 ? 6 : 9) != udp_protocol) return {};
    if (packet.size() < header + quoted_udp_bytes) return {};
    const auto word_at = [&](std::size_t i) {
        return static_cast<std::uint16_t>(byte_at(packet, i) * 256 + byte_at(packet, i + 1));
    };
    const std::size_t length = word_at(header + 4);
    if (length < quoted_udp_bytes) return {};
    refused_datagram told{.to_port = word_at(header + 2), .bytes = length - quoted_udp_bytes};
    if (is_v6) {
        told.from = address_at<ip::address_v6>(packet, 8);
        told.to = address_at<ip::address_v6>(packet, 24);
    } else {
        told.from = address_at<ip::address_v4>(packet, 12);
        told.to = address_at<ip::address_v4>(packet, 16);
    }
    return told;
}

} // namespace

std::optional<refused_datagram> refused_in(std::span<const std::byte> bytes, const frame& parsed)
{
    const bool is_v6 = parsed.kind == frame_kind::icmpv6;
    if (!is_v6 && parsed.kind != frame_kind::icmp) return {};
    if (bytes.size() < parsed.transport_offset + quoting_bytes) return {};
    const unsigned type = byte_at(bytes, parsed.transport_offset);
    const unsigned code = byte_at(bytes, parsed.transport_offset + 1);
    const bool port_unreachable = is_v6 ? type == 1 && code == 4 : type == 3 && code == 3;
    if (!port_unreachable) return {};
    return quoted(bytes.subspan(parsed.transport_offset + quoting_bytes), is_v6);
}

} // namespace badwire::hosts
