#include "sim/hosts/frame.hpp"

#include <gtest/gtest.h>

#include "sim/hosts/frame_changes.hpp"
#include "sim/hosts/frames_for_tests.hpp"
#include "sim/hosts/refusals.hpp"

using namespace badwire;
using namespace badwire::hosts;
using namespace badwire::hosts::for_tests;

namespace {

std::string payload_text(const bytes_of& bytes)
{
    return std::string(as_text(parse_frame(bytes).payload(std::span(bytes))));
}

// Of a whole datagram or segment, and of IPv4's header.
void expect_right_checksums(const bytes_of& bytes)
{
    const frame parsed = parse_frame(bytes);
    const std::span all(bytes);
    if (parsed.ip_version == 4) {
        EXPECT_EQ(sum_of(all.subspan(14, parsed.transport_offset - 14)), 0xffffu);
    }
    const std::size_t end = parsed.payload_offset + parsed.payload_bytes;
    const auto carried = all.subspan(parsed.transport_offset, end - parsed.transport_offset);
    const unsigned pseudo = pseudo_sum({parsed.from, parsed.to}, parsed.protocol, carried.size());
    EXPECT_EQ(sum_of(carried, pseudo), 0xffffu);
}

} // namespace

TEST(Frame, ADatagramIsReadWithItsAddressesPortsAndPayload)
{
    for (const ends& of : {v4_ends(), v6_ends()}) {
        const bytes_of bytes = udp(of, "hello");
        const frame parsed = parse_frame(bytes);
        EXPECT_EQ(parsed.kind, frame_kind::udp);
        EXPECT_EQ(parsed.ip_version, of.from.is_v4() ? 4 : 6);
        EXPECT_EQ(parsed.from, of.from);
        EXPECT_EQ(parsed.to, of.to);
        EXPECT_EQ(parsed.from_port, 40000);
        EXPECT_EQ(parsed.to_port, 5000);
        EXPECT_EQ(parsed.source[5], std::byte{1});
        EXPECT_EQ(parsed.destination[5], std::byte{2});
        EXPECT_FALSE(parsed.to_group());
        EXPECT_EQ(payload_text(bytes), "hello");
    }
}

TEST(Frame, ThePaddingOfAShortFrameIsNoPayload)
{
    const bytes_of bytes = udp(v4_ends(), "hi") + bytes_of(16);
    EXPECT_EQ(payload_text(bytes), "hi");
}

TEST(Frame, ASegmentIsReadBehindItsOptions)
{
    const tcp_fields fields{.sequence = 0xfffffff0,
                            .acknowledged = 77,
                            .window = 500,
                            .flags = 0x18,
                            .header_bytes = 32};
    const bytes_of bytes = tcp(v6_ends(), fields, "GET /", bytes_of(12, std::byte{1}));
    const frame parsed = parse_frame(bytes);
    EXPECT_EQ(parsed.kind, frame_kind::tcp);
    EXPECT_EQ(parsed.tcp, fields);
    EXPECT_EQ(payload_text(bytes), "GET /");
}

TEST(Frame, TheLargestFrameIsRead)
{
    const bytes_of bytes = udp(v4_ends(), std::string(65'507, 'x'));
    ASSERT_EQ(bytes.size(), frame_bytes_max);
    EXPECT_EQ(parse_frame(bytes).payload_bytes, 65'507u);
}

TEST(Frame, OptionsAndExtensionHeadersAreSkipped)
{
    EXPECT_EQ(payload_text(udp(v4_ends(), "behind options", {.options = bytes_of(40)})),
              "behind options");
    // Hop by hop, then destination options of 16 bytes, then an authentication header of 24, then a
    // fragment that is all of its packet (RFC 6946).
    const bytes_of extensions =
        from_hex("3c00 0000 0000 0000  3301 0000 0000 0000 0000 0000 0000 0000"
                 "2c04 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000"
                 "1100 0000 0000 0001");
    const bytes_of bytes = udp(v6_ends(), "behind all", {.extensions = extensions, .next = 0});
    EXPECT_EQ(parse_frame(bytes).kind, frame_kind::udp);
    EXPECT_EQ(payload_text(bytes), "behind all");
}

TEST(Frame, AFragmentIsOtherAndItsAddressesAreKnown)
{
    const frame first = parse_frame(udp(v4_ends(), "first", {.fragment = 0x2000}));
    EXPECT_EQ(first.kind, frame_kind::other);
    EXPECT_EQ(first.fragment, fragment_place::first);
    EXPECT_EQ(first.to, v4_ends().to);
    const frame later = parse_frame(udp(v4_ends(), "later", {.fragment = 100}));
    EXPECT_EQ(later.fragment, fragment_place::later);
    EXPECT_EQ(later.checksum_offset, 0u);
    const frame of_v6 = parse_frame(
        udp(v6_ends(), "later", {.extensions = from_hex("1100 0009 0000 0001"), .next = 44}));
    EXPECT_EQ(of_v6.kind, frame_kind::other);
    EXPECT_EQ(of_v6.fragment, fragment_place::later);
    EXPECT_EQ(of_v6.from, v6_ends().from);
}

TEST(Frame, EachKindIsTold)
{
    const auto icmpv6 = [](const char* type) {
        return parse_frame(ip(v6_ends(), 58, from_hex(type) + bytes_of(23))).kind;
    };
    EXPECT_EQ(icmpv6("80"), frame_kind::icmpv6);
    EXPECT_EQ(icmpv6("82"), frame_kind::multicast_listener);
    EXPECT_EQ(icmpv6("8f"), frame_kind::multicast_listener);
    EXPECT_EQ(icmpv6("87"), frame_kind::neighbour_discovery);
    EXPECT_EQ(icmpv6("88"), frame_kind::neighbour_discovery);
    EXPECT_EQ(parse_frame(ip(v4_ends(), 1, from_hex("0800f7ff00000000"))).kind, frame_kind::icmp);
    EXPECT_EQ(parse_frame(ip(v4_ends(), 2, bytes_of(8))).kind, frame_kind::igmp);
    EXPECT_EQ(parse_frame(ip(v4_ends(), 132, bytes_of(8))).kind, frame_kind::other);
    EXPECT_EQ(parse_frame(ethernet(0x88cc, bytes_of(46))).kind, frame_kind::other);
    const frame arp = parse_frame(ethernet(
        0x0806, from_hex("0001 0800 0604 0001 020000000001 0a4d0001 000000000000 0a4d0002"),
        "ff ff ff ff ff ff"));
    EXPECT_EQ(arp.kind, frame_kind::arp);
    EXPECT_EQ(arp.from, make_address("10.77.0.1"));
    EXPECT_EQ(arp.to, make_address("10.77.0.2"));
    EXPECT_TRUE(arp.to_all());
    EXPECT_TRUE(arp.to_group());
}

TEST(Frame, WhateverIsCutOffNothingOutsideIsRead)
{
    for (const bytes_of& whole :
         {udp(v4_ends(), "hello"), tcp(v6_ends(), {.flags = 2}, "x", bytes_of(20)),
          ip(v6_ends(), 58, from_hex("8f00 0000 0000 0001 0400 0000") + bytes_of(16))})
        for (std::size_t size = 0; size < whole.size(); ++size) {
            // Of its own, so that a sanitizer sees a byte too many.
            const bytes_of part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
            const frame parsed = parse_frame(part);
            EXPECT_EQ(parsed.kind, frame_kind::other);
            EXPECT_LE(parsed.payload_offset + parsed.payload_bytes, size);
            EXPECT_FALSE(refused_in(part, parsed));
        }
}

TEST(Frame, LengthsThatLieMakeItOther)
{
    bytes_of total = udp(v4_ends(), "hello");
    store_big(std::span(total), 16, std::uint16_t{65'535});
    EXPECT_EQ(parse_frame(total).kind, frame_kind::other);
    EXPECT_EQ(parse_frame(total).to, v4_ends().to);
    bytes_of header = udp(v4_ends(), "hello");
    header[14] = std::byte{0x4f};
    EXPECT_EQ(parse_frame(header).kind, frame_kind::other);
    bytes_of datagram = udp(v4_ends(), "hello");
    store_big(std::span(datagram), 38, std::uint16_t{7});
    EXPECT_EQ(parse_frame(datagram).kind, frame_kind::other);
    bytes_of offset = tcp(v4_ends(), {}, "hello");
    offset[46] = std::byte{0xf0};
    EXPECT_EQ(parse_frame(offset).kind, frame_kind::other);
    const bytes_of routed =
        udp(v6_ends(), "by a router", {.extensions = from_hex("1100 0001 0000 0000"), .next = 43});
    EXPECT_EQ(parse_frame(routed).kind, frame_kind::other);
}

TEST(FrameChanges, AddressesAreChangedAndChecksumsStayRight)
{
    const auto new_v4 = make_address("255.255.0.1"), new_v6 = make_address("2001:db8:ffff::1");
    for (const ends& of : {v4_ends(), v6_ends()})
        for (bytes_of bytes : {udp(of, "hello"), tcp(of, {.sequence = 9}, "odd"),
                               ip(of, of.from.is_v4() ? std::uint8_t{1} : std::uint8_t{58},
                                  with_checksum(from_hex("8000 0000 1234"), 2,
                                                of.from.is_v4() ? 0 : pseudo_sum(of, 58, 6)))}) {
            frame parsed = parse_frame(bytes);
            const bool ported = parsed.kind == frame_kind::udp || parsed.kind == frame_kind::tcp;
            const auto& to = of.from.is_v4() ? new_v4 : new_v6;
            EXPECT_TRUE(set_source(bytes, parsed, to));
            EXPECT_TRUE(set_destination(bytes, parsed, to));
            EXPECT_FALSE(set_source(bytes, parsed, of.from.is_v4() ? new_v6 : new_v4));
            EXPECT_EQ(parse_frame(bytes), parsed);
            EXPECT_EQ(parsed.to, to);
            if (ported || !of.from.is_v4()) expect_right_checksums(bytes);
        }
}

TEST(FrameChanges, EveryAddressGivesTheChecksumThatIsComputedAnew)
{
    bytes_of bytes = udp(v6_ends(), "\x01");
    frame parsed = parse_frame(bytes);
    auto address = v6_ends().from.to_v6().to_bytes();
    for (std::uint32_t end = 0; end <= 65'535; ++end) {
        address[14] = static_cast<std::uint8_t>(end >> 8);
        address[15] = static_cast<std::uint8_t>(end & 255);
        set_source(bytes, parsed, boost::asio::ip::address_v6(address));
        bytes_of anew = bytes;
        ASSERT_TRUE(complete_udp_checksum(anew, parsed));
        ASSERT_EQ(bytes, anew) << end;
    }
}

TEST(FrameChanges, ADatagramWithoutAChecksumStaysWithoutUntilItIsCompleted)
{
    bytes_of bytes = udp(v4_ends(), "hello");
    store_big(std::span(bytes), 40, std::uint16_t{0});
    frame parsed = parse_frame(bytes);
    set_destination(bytes, parsed, make_address("10.77.0.9"));
    EXPECT_EQ(load_big<std::uint16_t>(bytes, 40), 0);
    EXPECT_TRUE(complete_udp_checksum(bytes, parsed));
    expect_right_checksums(bytes);
}

TEST(FrameChanges, CorruptedOnPurposeItIsRightAgainOnceCompleted)
{
    bytes_of bytes = udp(v4_ends(), "hello") + bytes_of(9, std::byte{0xee}); // padded
    const frame parsed = parse_frame(bytes);
    parsed.payload(std::span(bytes))[0] ^= std::byte{0x80};
    EXPECT_TRUE(complete_udp_checksum(bytes, parsed));
    expect_right_checksums(bytes);
    bytes_of segment = tcp(v4_ends(), {}, "hello");
    EXPECT_FALSE(complete_udp_checksum(segment, parse_frame(segment)));
}

TEST(FrameChanges, CongestionIsMarkedInBothFamilies)
{
    for (const ends& of : {v4_ends(), v6_ends()}) {
        bytes_of bytes = udp(of, "hello", {.traffic_class = 0xb9}); // 1: capable
        frame parsed = parse_frame(bytes);
        EXPECT_EQ(parsed.ecn, 1);
        EXPECT_TRUE(mark_congestion(bytes, parsed));
        EXPECT_EQ(parse_frame(bytes), parsed);
        EXPECT_EQ(parsed.ecn, 3);
        EXPECT_EQ(bytes, udp(of, "hello", {.traffic_class = 0xbb}));
    }
    bytes_of neither = ethernet(0x88cc, bytes_of(46));
    frame parsed = parse_frame(neither);
    EXPECT_FALSE(mark_congestion(neither, parsed));
}

TEST(Refusals, SayWhichDatagramNobodyTook)
{
    const ends of = v4_ends();
    const bytes_of datagram = udp({of.to, of.from}, "hello");
    const bytes_of quoted(datagram.begin() + ethernet_header_bytes, datagram.end());
    for (const std::size_t cut_off : {0, 3}) { // the quotation may be cut short
        const bytes_of part(quoted.begin(), quoted.end() - static_cast<std::ptrdiff_t>(cut_off));
        const bytes_of error = ip(of, 1, from_hex("0303 0000 0000 0000") + part);
        const auto refused = refused_in(error, parse_frame(error));
        ASSERT_TRUE(refused);
        EXPECT_EQ(refused->from, of.to);
        EXPECT_EQ(refused->to, of.from);
        EXPECT_EQ(refused->to_port, parse_frame(datagram).to_port);
        EXPECT_EQ(refused->bytes, 5U);
    }
    const bytes_of other = ip(of, 1, from_hex("0301 0000 0000 0000") + quoted);
    EXPECT_FALSE(refused_in(other, parse_frame(other))) << "the host, not the port";
    EXPECT_FALSE(refused_in(datagram, parse_frame(datagram)));
}
