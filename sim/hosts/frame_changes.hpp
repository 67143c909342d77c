// frame_changes.hpp: what a network may change in a frame on its way, with checksums that stay as
// right, or as wrong, as they were (RFC 1624). Pure; thread-safe for different frames.
//
// Each function is given the bytes and what parse_frame() said of them, and keeps both in step. It
// changes nothing and returns false where the frame has no such field. Limits: packets inside an
// ICMP error are not changed; of a fragmented datagram addresses have to be changed in all fragments.
#pragma once

#include "sim/hosts/frame.hpp"

namespace badwire::hosts {

/// An address of the same family as the one before.
bool set_source(std::span<std::byte> bytes, frame& parsed, const boost::asio::ip::address& to);
bool set_destination(std::span<std::byte> bytes, frame& parsed, const boost::asio::ip::address& to);

/// Congestion experienced: whether the sender is capable of ECN is the caller's business.
bool mark_congestion(std::span<std::byte> bytes, frame& parsed);

/// The checksum of UDP over all that is there now, also where there was none: what was corrupted on
/// purpose still reaches the program.
bool complete_udp_checksum(std::span<std::byte> bytes, const frame& parsed);

} // namespace badwire::hosts
