#include "sim/relay/packet_pool.hpp"

#include <cstring>
#include <new>
#include <utility>

namespace badwire::relay {

void give_back::operator()(packet* of) const
{
    packet_pool& pool = of->pool;
    const auto size_class = of->size_class;
    of->~packet();
    packet_pool::block memory(reinterpret_cast<std::byte*>(of));
    pool.bytes_out_ -= packet_pool::block_bytes(size_class);
    auto& idle = pool.idle_[size_class];
    // The largest blocks are rare and take much memory: keeping a sixteenth of them is enough.
    const bool largest = size_class + 1 == packet_pool::sizes.size();
    if (idle.size() < (largest ? packet_pool::idle_max / 16 : packet_pool::idle_max))
        idle.push_back(std::move(memory));
}

bool packet_pool::take(std::uint32_t size_class)
{
    if (bytes_out_ + block_bytes(size_class) > bytes_max_) return false;
    bytes_out_ += block_bytes(size_class);
    return true;
}

packet_pool::block packet_pool::idle_or_new(std::uint32_t size_class)
{
    auto& idle = idle_[size_class];
    if (idle.empty()) return block(new std::byte[block_bytes(size_class)]);
    block again = std::move(idle.back());
    idle.pop_back();
    return again;
}

packet_handle packet_pool::copy(std::span<const std::byte> payload)
{
    std::uint32_t size_class = 0;
    while (sizes[size_class] < payload.size()) ++size_class;
    if (!take(size_class)) return {};
    block memory = idle_or_new(size_class);
    packet_handle made(new (memory.release())
                           packet(*this, static_cast<std::uint32_t>(payload.size()), size_class));
    if (!payload.empty()) std::memcpy(made->payload().data(), payload.data(), payload.size());
    return made;
}

packet_handle packet_pool::adopt(block& holding, std::size_t size)
{
    constexpr std::uint32_t medium = 1;
    if (!take(medium)) return {};
    block memory = std::exchange(holding, idle_or_new(medium));
    return packet_handle(new (memory.release())
                             packet(*this, static_cast<std::uint32_t>(size), medium));
}

} // namespace badwire::relay
