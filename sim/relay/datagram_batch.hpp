// datagram_batch.hpp: many datagrams per system call: recvmmsg into buffers that are set up once,
// sendmmsg from wherever the bytes are, and in both directions the kernel's own bundles of
// datagrams (UDP_GRO, UDP_SEGMENT) where they exist. Not thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <sys/socket.h>

#include "sim/relay/packet_pool.hpp"
#include "sim/relay/peer_address.hpp"

namespace badwire::relay {

inline constexpr std::size_t batch_size = 64;

/// Asks the kernel to hand over datagrams that it has bundled as one message. Best effort.
void receive_bundles(int socket);
/// Asks the kernel to say when each datagram arrived. Best effort.
void receive_arrival_times(int socket, bool wanted);

/// Asks the kernel for the ECN codepoint of each datagram. Best effort.
void receive_codepoints(int socket);

class receive_batch {
public:
    receive_batch();

    /// The result of recvmmsg: how many messages were there, or -1 and errno. Never blocks.
    int receive(int socket);
    /// Whether the last receive() found fewer messages than it had room for.
    bool was_last() const { return touched_ < room_before_; }

    /// One message of the last receive(); valid until the next one.
    struct message {
        std::span<const std::byte> payload;
        std::size_t segment; // size of each datagram of a bundle (the last may be shorter); else 0
        std::chrono::nanoseconds arrived; // on CLOCK_REALTIME; 0: not known
        std::uint8_t ecn = 0;             // of its IP header, if the kernel was asked
    };
    message at(std::size_t i);
    /// The address that it came from.
    const peer_address& peer(std::size_t i) const { return peers_[i]; }

    /// Takes over the i-th message, which must not be a bundle, usually without a copy. at(i) is
    /// invalid afterwards. Null when the pool is exhausted.
    packet_handle keep(std::size_t i, packet_pool& pool);

private:
    // The first part of a message goes to a small block that can be given away, the rest behind a
    // gap where that part fits. So every message can be had in one piece, usual ones stay close
    // together in the cache, and nothing is cut (no message is larger than 65535 bytes).
    static constexpr std::size_t head_bytes = packet_pool::medium_bytes;
    static constexpr std::size_t large_bytes = 65536;
    // When messages are bundles, so few are read at once that they fit into a second-level cache.
    static constexpr std::size_t bundles_at_once = 4;
    static constexpr std::size_t control_bytes = 128;

    std::byte* head(std::size_t i) { return heads_[i].get() + packet_pool::block_offset; }
    std::byte* large(std::size_t i) { return large_.get() + i * large_bytes; }

    std::array<packet_pool::block, batch_size> heads_;
    std::unique_ptr<std::byte[]> large_;
    std::array<peer_address, batch_size> peers_;
    std::array<std::array<iovec, 2>, batch_size> vectors_;
    std::array<mmsghdr, batch_size> headers_;
    struct alignas(cmsghdr) control {
        std::array<std::byte, control_bytes> bytes;
    };
    std::array<control, batch_size> controls_;
    std::size_t touched_ = batch_size; // headers that the last receive wrote to
    std::size_t room_ = batch_size;
    std::size_t room_before_ = batch_size;
};

class send_batch {
public:
    send_batch();

    void clear();
    /// How many datagrams were added since clear().
    std::size_t size() const { return size_; }

    /// Adds a datagram; `to` is null for a connected socket. Bytes and address must stay until
    /// send(). With `bundle` it joins the message before if it can: one to the same destination, of
    /// the same size, or smaller as the last, with the same ECN codepoint. False, and nothing added,
    /// when there is no room.
    bool add(std::span<const std::byte> payload, const peer_address* to, bool bundle = false,
             std::uint8_t ecn = 0);

    /// Sends messages that were added and not yet sent: how many datagrams left, or -1 and the
    /// errno of the next message. Never blocks.
    int send(int socket);
    /// How many datagrams the next message holds.
    std::size_t next_bundle() const { return counts_[sent_]; }
    /// Gives up the next message.
    void skip() { ++sent_; }

private:
    static constexpr std::size_t vectors_max = 1024;
    static constexpr std::size_t bundle_max = 64;          // UDP_MAX_SEGMENTS
    static constexpr std::size_t bundle_bytes_max = 65507; // of one datagram, over IPv4
    // The size of a bundle's datagrams, then the codepoint as IPv4 and as IPv6 say it: the socket's
    // family heeds one of them.
    static constexpr std::size_t segment_bytes = CMSG_SPACE(sizeof(std::uint16_t));
    static constexpr std::size_t codepoint_bytes = 2 * CMSG_SPACE(sizeof(int));

    bool joins(std::span<const std::byte> payload, const peer_address* to, std::uint8_t ecn) const;
    void set_control(std::size_t message);

    std::size_t size_ = 0;
    std::size_t messages_ = 0;
    std::size_t sent_ = 0; // messages that were sent
    std::size_t vectors_used_ = 0;
    std::size_t bytes_ = 0; // of the last message
    bool closed_ = false;   // the last message ends with a shorter datagram
    std::array<mmsghdr, batch_size> headers_{};
    std::array<std::uint32_t, batch_size> counts_{};
    std::array<std::size_t, batch_size> sizes_{}; // of the datagrams of a message
    std::array<std::uint8_t, batch_size> codepoints_{};
    struct alignas(cmsghdr) control {
        std::array<std::byte, segment_bytes + codepoint_bytes> bytes;
    };
    std::array<control, batch_size> controls_{};
    std::vector<iovec> vectors_;
};

} // namespace badwire::relay
