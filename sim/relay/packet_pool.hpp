// packet_pool.hpp: datagrams that are kept until they leave: buffers that are reused, with a bound
// on their sum.
//
// Three sizes, so that a small datagram does not hold 64 KiB. The facts about a datagram stand in
// front of its bytes: each is one block of memory, and queues only move a pointer. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/link/conveyor.hpp"

namespace badwire::relay {

struct udp_flow;
class packet_pool;
struct packet_exit;

/// A datagram that is kept; its bytes follow it in memory.
struct packet {
    packet(packet_pool& of, std::uint32_t bytes, std::uint32_t size_class_index)
        : pool(of), size(bytes), size_class(size_class_index)
    {
    }

    std::span<std::byte> payload() { return {reinterpret_cast<std::byte*>(this + 1), size}; }

    packet_pool& pool;
    std::uint32_t size;
    std::uint32_t size_class;
    link::packet_facts facts{};
    udp_flow* flow = nullptr;               // its sockets send it; it stays until then
    std::shared_ptr<packet_exit> through{}; // or else this sends it
    link::direction which = link::direction::up;
};

/// Gives a packet's memory back to its pool, which must outlive it.
struct give_back {
    void operator()(packet* of) const;
};
using packet_handle = std::unique_ptr<packet, give_back>;

/// Sends packets that leave through no flow's socket.
struct packet_exit {
    virtual ~packet_exit() = default;
    virtual void leave(packet_handle kept) = 0;
};

class packet_pool {
public:
    using block = std::unique_ptr<std::byte[]>;

    /// At most `bytes_max` bytes of buffers are in use at a time.
    explicit packet_pool(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    /// A copy of the datagram, at most 64 KiB; null when too many bytes are in use already.
    packet_handle copy(std::span<const std::byte> payload);

    /// Takes a block of make_block()'s that holds a datagram after block_offset bytes, and puts
    /// another one in its place. Does neither, and returns null, when too many bytes are in use.
    packet_handle adopt(block& holding, std::size_t size);

    /// Room for a datagram of medium_bytes, uncounted until it is adopted.
    static block make_block() { return block(new std::byte[block_offset + medium_bytes]); }

    static constexpr std::size_t block_offset = sizeof(packet);
    static constexpr std::uint32_t small_bytes = 256;
    static constexpr std::uint32_t medium_bytes = 2048;

private:
    friend struct give_back;

    bool take(std::uint32_t size_class);
    block idle_or_new(std::uint32_t size_class);

    static constexpr std::array<std::uint32_t, 3> sizes{small_bytes, medium_bytes, 65536};
    static constexpr std::size_t idle_max = 4096; // blocks kept of each size

    static constexpr std::size_t block_bytes(std::uint32_t size_class)
    {
        return block_offset + sizes[size_class];
    }

    std::size_t bytes_max_;
    std::size_t bytes_out_ = 0;
    std::array<std::vector<block>, sizes.size()> idle_;
};

} // namespace badwire::relay
