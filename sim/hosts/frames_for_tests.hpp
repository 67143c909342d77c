// frames_for_tests.hpp: frames made by hand, with checksums computed byte by byte as the RFCs say.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "impl/base/bytes.hpp"
#include "sim/hosts/frame.hpp"

namespace badwire::hosts::for_tests {

using bytes_of = std::vector<std::byte>;
using boost::asio::ip::address;
using boost::asio::ip::make_address;

inline bytes_of from_hex(std::string_view text)
{
    bytes_of made;
    std::string digits;
    for (const char c : text) {
        if (c == ' ') continue;
        digits += c;
        if (digits.size() < 2) continue;
        made.push_back(std::byte(std::stoul(digits, nullptr, 16)));
        digits.clear();
    }
    return made;
}

inline bytes_of operator+(bytes_of first, const bytes_of& second)
{
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

inline bytes_of text_bytes(std::string_view text)
{
    const auto view = as_bytes(text);
    return {view.begin(), view.end()};
}

template <typename Number>
bytes_of big(Number number)
{
    bytes_of made;
    append_big(made, number);
    return made;
}

inline bytes_of raw(const address& of)
{
    const auto copied = [](const auto& array) {
        const auto view = std::as_bytes(std::span(array));
        return bytes_of(view.begin(), view.end());
    };
    return of.is_v4() ? copied(of.to_v4().to_bytes()) : copied(of.to_v6().to_bytes());
}

/// RFC 1071, byte by byte. What is right sums up to 0xffff with its own checksum.
inline unsigned sum_of(std::span<const std::byte> bytes, unsigned sum = 0)
{
    for (std::size_t i = 0; i < bytes.size(); ++i)
        sum += std::to_integer<unsigned>(bytes[i]) << (i % 2 ? 0 : 8);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

struct ends {
    address from, to;
    std::uint16_t from_port = 40000, to_port = 5000;
};

inline ends v4_ends() { return {make_address("10.77.0.1"), make_address("10.77.0.2")}; }
inline ends v6_ends() { return {make_address("fd00::1"), make_address("fd00::2")}; }

/// The sum of the pseudo header.
inline unsigned pseudo_sum(const ends& of, unsigned protocol, std::size_t bytes)
{
    return sum_of(raw(of.from) + raw(of.to), protocol + static_cast<unsigned>(bytes));
}

inline bytes_of with_checksum(bytes_of of, std::size_t at, unsigned pseudo = 0)
{
    store_big(std::span(of), at, static_cast<std::uint16_t>(~sum_of(of, pseudo)));
    return of;
}

inline bytes_of ethernet(std::uint16_t type, const bytes_of& carried,
                         std::string_view destination = "02 00 00 00 00 02")
{
    return from_hex(destination) + from_hex("02 00 00 00 00 01") + big(type) + carried;
}

struct ip_extras {
    std::uint8_t traffic_class = 0;
    bytes_of options{};         // IPv4: whole words
    std::uint16_t fragment = 0; // IPv4: flags and offset
    bytes_of extensions{};      // IPv6: headers that come before
    std::uint8_t next = 0;      // IPv6: the first of them
};

inline bytes_of ip(const ends& of, std::uint8_t protocol, const bytes_of& carried,
                   const ip_extras& with = {})
{
    if (of.from.is_v4()) {
        const std::size_t header = 20 + with.options.size();
        const bytes_of made =
            bytes_of{std::byte(0x40 | header / 4), std::byte(with.traffic_class)} +
            big(static_cast<std::uint16_t>(header + carried.size())) + from_hex("0001") +
            big(with.fragment) + bytes_of{std::byte{64}, std::byte(protocol)} + from_hex("0000") +
            raw(of.from) + raw(of.to) + with.options;
        return ethernet(0x0800, with_checksum(made, 10) + carried);
    }
    const std::uint32_t first = 6u << 28 | static_cast<std::uint32_t>(with.traffic_class) << 20;
    return ethernet(
        0x86dd,
        big(first) + big(static_cast<std::uint16_t>(with.extensions.size() + carried.size())) +
            bytes_of{std::byte(with.extensions.empty() ? protocol : with.next), std::byte{64}} +
            raw(of.from) + raw(of.to) + with.extensions + carried);
}

inline bytes_of udp(const ends& of, std::string_view payload, const ip_extras& with = {})
{
    const auto length = static_cast<std::uint16_t>(8 + payload.size());
    const bytes_of datagram =
        big(of.from_port) + big(of.to_port) + big(length) + from_hex("0000") + text_bytes(payload);
    return ip(of, 17, with_checksum(datagram, 6, pseudo_sum(of, 17, datagram.size())), with);
}

inline bytes_of tcp(const ends& of, const tcp_fields& fields, std::string_view payload = {},
                    const bytes_of& options = {}, const ip_extras& with = {})
{
    const bytes_of segment =
        big(of.from_port) + big(of.to_port) + big(fields.sequence) + big(fields.acknowledged) +
        bytes_of{std::byte((20 + options.size()) / 4 << 4), std::byte(fields.flags)} +
        big(fields.window) + from_hex("0000 0000") + options + text_bytes(payload);
    return ip(of, 6, with_checksum(segment, 16, pseudo_sum(of, 6, segment.size())), with);
}

} // namespace badwire::hosts::for_tests
