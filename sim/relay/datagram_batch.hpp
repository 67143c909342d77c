// datagram_batch.hpp: many datagrams per system call: recvmmsg into buffers that are set up once,
// sendmmsg from wherever the bytes are. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>

#include <boost/asio/ip/udp.hpp>
#include <sys/socket.h>
#include <xxhash.h>

#include "sim/relay/packet_pool.hpp"

namespace badwire::relay {

inline constexpr std::size_t batch_size = 64;

/// A peer's address as the kernel writes it: cheaper to compare and to hash than an endpoint.
struct peer_address {
    sockaddr_storage raw{};
    socklen_t size = 0;

    bool operator==(const peer_address& other) const
    {
        return size == other.size && std::memcmp(&raw, &other.raw, size) == 0;
    }
    struct hash {
        std::size_t operator()(const peer_address& of) const
        {
            return XXH3_64bits(&of.raw, of.size);
        }
    };
};

class receive_batch {
public:
    receive_batch();

    /// What recvmmsg answers: how many datagrams were there, or -1 and errno. Never blocks.
    int receive(int socket);

    /// Valid until the next receive().
    std::span<const std::byte> payload(std::size_t i);
    /// Whom it came from.
    const peer_address& peer(std::size_t i) const { return peers_[i]; }

    /// The datagram, to have and to hold, in general without a copy; payload(i) is void then. No
    /// packet when the pool is exhausted.
    packet_pool::packet keep(std::size_t i, packet_pool& pool);

private:
    // A datagram's first part goes to a small buffer that can be given away, the rare rest behind a
    // gap where the first part fits: so every datagram can be had in one piece, what is usual stays
    // close together in the cache, and nothing is cut (no datagram is larger than 65535 bytes).
    static constexpr std::size_t head_bytes = packet_pool::medium_bytes;
    static constexpr std::size_t large_bytes = 65536;

    std::byte* large(std::size_t i) { return large_.get() + i * large_bytes; }

    std::array<std::unique_ptr<std::byte[]>, batch_size> heads_;
    std::unique_ptr<std::byte[]> large_;
    std::array<peer_address, batch_size> peers_;
    std::array<std::array<iovec, 2>, batch_size> vectors_;
    std::array<mmsghdr, batch_size> headers_;
    std::size_t touched_ = batch_size; // headers that the last receive wrote to
};

class send_batch {
public:
    void clear() { size_ = 0; }
    std::size_t size() const { return size_; }

    /// Adds a datagram; `to` is null for a connected socket. Bytes and address must stay until
    /// send(). At most batch_size.
    void add(std::span<const std::byte> payload, const peer_address* to);

    /// What sendmmsg answers for what was added, from the first-th on. Never blocks.
    int send(int socket, std::size_t first);

private:
    std::size_t size_ = 0;
    std::array<iovec, batch_size> vectors_{};
    std::array<mmsghdr, batch_size> headers_{};
};

} // namespace badwire::relay
