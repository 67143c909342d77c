// packet_pool.hpp: buffers for datagrams that have to wait, reused, and bounded in sum.
//
// Three sizes, so that a small datagram does not hold 64 KiB. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace badwire::relay {

class packet_pool {
public:
    /// A datagram's bytes; gives its memory back to the pool, which must outlive it.
    class packet {
    public:
        packet() = default;
        packet(packet&& from) noexcept;
        packet& operator=(packet&& from) noexcept;
        ~packet();

        explicit operator bool() const { return memory_ != nullptr; }
        std::span<const std::byte> payload() const { return {memory_.get(), size_}; }

    private:
        friend class packet_pool;
        packet_pool* pool_ = nullptr;
        std::unique_ptr<std::byte[]> memory_;
        std::uint32_t size_ = 0;
        std::uint32_t size_class_ = 0;
    };

    /// At most `bytes_max` bytes of buffers are out at a time.
    explicit packet_pool(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    /// A copy of the datagram, at most 64 KiB; no packet when too many bytes are out already.
    packet copy(std::span<const std::byte> payload);

    /// Takes a buffer of medium_bytes that holds a datagram, and puts another one in its place.
    /// Neither when too many bytes are out already.
    packet adopt(std::unique_ptr<std::byte[]>& buffer, std::size_t size);

    static constexpr std::uint32_t small_bytes = 256;
    static constexpr std::uint32_t medium_bytes = 2048;

private:
    packet make(std::uint32_t size_class, std::size_t size);

    static constexpr std::array<std::uint32_t, 3> sizes{small_bytes, medium_bytes, 65536};
    static constexpr std::size_t idle_max = 4096; // buffers kept of each size

    std::size_t bytes_max_;
    std::size_t bytes_out_ = 0;
    std::array<std::vector<std::unique_ptr<std::byte[]>>, sizes.size()> idle_;
};

} // namespace badwire::relay
