// pcapng_writer.hpp: an explained capture, as pcapng (draft-ietf-opsawg-pcapng): a file that
// Wireshark opens, where each side of a link is an interface and a packet's comment says its fate
// and why. Packets are bare IP (LINKTYPE_RAW) with synthesised headers (internet_packet.hpp), or, of a
// link that has frames, Ethernet frames to the byte (LINKTYPE_ETHERNET); times are in nanoseconds.
//
// packet() only copies into memory; a thread of the writer's own computes checksums and writes
// (background_file.hpp: what happens when the disk is slow or full). Packets that have waited for a
// second are handed over with the next packet, so that a growing file can be looked at.
//
// One thread at a time. Limit: comments longer than comment_bytes_max are cut.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <boost/asio/ip/udp.hpp>

#include "sim/capture/background_file.hpp"
#include "sim/capture/internet_packet.hpp"

namespace badwire::capture {

using endpoint = boost::asio::ip::udp::endpoint;

inline constexpr std::size_t comment_bytes_max = 4096;

class pcapng_writer {
public:
    struct options {
        /// The time, since 1970, at which time_since_start is 0. Zero suits virtual time.
        std::chrono::nanoseconds epoch = std::chrono::system_clock::now().time_since_epoch();
        background_file::options file{};
    };
    /// An interface of the file: one side of a link.
    enum class interface_id : std::uint32_t {};
    struct sides {
        interface_id client, server;
    };

    /// Makes the file, or empties it. Throws system_error.
    explicit pcapng_writer(const std::string& path) : pcapng_writer(path, options{}) {}
    pcapng_writer(const std::string& path, const options& wanted);

    enum class contents : std::uint8_t { datagrams, frames };
    /// The interfaces "<link> client side" and "<link> server side", for a link's packets: all of
    /// them are written by packet(), or all by frame().
    sides add_link(std::string_view link, contents of = contents::datagrams);

    /// A datagram as that interface saw it at that time. An empty comment is left out. A payload
    /// that fits into no datagram is cut. `ecn`: its codepoint (RFC 3168).
    void packet(interface_id where, const sockaddr* from, const sockaddr* to,
                std::span<const std::byte> payload, std::chrono::nanoseconds time_since_start,
                std::string_view comment = {}, std::uint8_t ecn = 0);
    void packet(interface_id where, const endpoint& from, const endpoint& to,
                std::span<const std::byte> payload, std::chrono::nanoseconds time_since_start,
                std::string_view comment = {})
    {
        packet(where, from.data(), to.data(), payload, time_since_start, comment);
    }

    /// A segment of TCP; the rest as for a datagram.
    void segment(interface_id where, const sockaddr* from, const sockaddr* to,
                 const tcp_fields& tcp, std::span<const std::byte> payload,
                 std::chrono::nanoseconds time_since_start, std::string_view comment = {});

    /// An Ethernet frame as that interface saw it at that time. What no IP packet fills is cut.
    void frame(interface_id where, std::span<const std::byte> bytes,
               std::chrono::nanoseconds time_since_start, std::string_view comment = {});

    /// Writes everything, closes the file and puts its packets in the order of their times, unless
    /// it is a pipe. Throws system_error for the first error since the file was made; errors are not
    /// reported earlier. Later calls do nothing.
    void close();

private:
    void add_interface(const std::string& name, contents of);
    /// A packet of two parts.
    void write(interface_id where, std::span<const std::byte> headers,
               std::span<const std::byte> rest, std::chrono::nanoseconds time_since_start,
               std::string_view comment);

    const std::string path_;
    background_file file_;
    const std::chrono::nanoseconds epoch_;
    std::uint32_t interfaces_ = 0;
    std::chrono::nanoseconds handed_over_{0};
    std::chrono::nanoseconds latest_{0};
    bool disordered_ = false; // a packet came whose time is before another's
};

} // namespace badwire::capture
