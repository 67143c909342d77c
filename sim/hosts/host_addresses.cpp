// Which addresses hosts have.
#include "sim/hosts/namespaces.hpp"

namespace badwire::hosts {

namespace ip = boost::asio::ip;

namespace {

// 10.0.0.1 is host 0. Of 250 hosts, as no address may end with 0 or 255.
constexpr std::size_t hosts_of_byte = 250;
constexpr ip::address_v6::bytes_type network_v6{0xfd, 0x00, 0x0b, 0xad};

} // namespace

ip::address_v4 ipv4_of(std::size_t place)
{
    return ip::address_v4({10, 0, static_cast<std::uint8_t>(place / hosts_of_byte),
                           static_cast<std::uint8_t>(1 + place % hosts_of_byte)});
}

ip::address_v6 ipv6_of(std::size_t place)
{
    ip::address_v6::bytes_type bytes = network_v6;
    bytes[14] = static_cast<std::uint8_t>((place + 1) >> 8);
    bytes[15] = static_cast<std::uint8_t>((place + 1) & 255);
    return ip::address_v6(bytes);
}

mac_address mac_of(std::size_t place)
{
    return {std::byte{0x02},
            std::byte{0xba},
            std::byte{0xd0},
            std::byte{0},
            static_cast<std::byte>((place + 1) >> 8),
            static_cast<std::byte>((place + 1) & 255)};
}

std::optional<std::size_t> host_at(const ip::address& of)
{
    if (of.is_v4()) {
        const auto bytes = of.to_v4().to_bytes();
        const std::size_t place = bytes[2] * hosts_of_byte + bytes[3] - 1;
        if (bytes[3] == 0 || ipv4_of(place) != of.to_v4()) return {};
        return place;
    }
    const auto bytes = of.to_v6().to_bytes();
    const std::size_t number = std::size_t{bytes[14]} * 256 + bytes[15];
    if (number == 0 || ipv6_of(number - 1) != of.to_v6()) return {};
    return number - 1;
}

std::optional<std::size_t> host_at(const mac_address& of)
{
    const std::size_t number =
        std::to_integer<std::size_t>(of[4]) * 256 + std::to_integer<std::size_t>(of[5]);
    if (number == 0 || mac_of(number - 1) != of) return {};
    return number - 1;
}

} // namespace badwire::hosts
