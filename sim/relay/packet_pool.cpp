#include "sim/relay/packet_pool.hpp"

#include <cstring>
#include <utility>

namespace badwire::relay {

packet_pool::packet::packet(packet&& from) noexcept
    : pool_(from.pool_),
      memory_(std::move(from.memory_)),
      size_(from.size_),
      size_class_(from.size_class_)
{
}

packet_pool::packet& packet_pool::packet::operator=(packet&& from) noexcept
{
    std::swap(pool_, from.pool_);
    std::swap(memory_, from.memory_);
    std::swap(size_, from.size_);
    std::swap(size_class_, from.size_class_);
    return *this;
}

packet_pool::packet::~packet()
{
    if (memory_ == nullptr) return;
    pool_->bytes_out_ -= sizes[size_class_];
    auto& idle = pool_->idle_[size_class_];
    // The largest buffers are dear to keep and rare: a sixteenth of them is enough.
    if (idle.size() < (size_class_ + 1 == sizes.size() ? idle_max / 16 : idle_max))
        idle.push_back(std::move(memory_));
}

packet_pool::packet packet_pool::make(std::uint32_t size_class, std::size_t size)
{
    if (bytes_out_ + sizes[size_class] > bytes_max_) return {};
    bytes_out_ += sizes[size_class];
    packet made;
    made.pool_ = this;
    made.size_ = static_cast<std::uint32_t>(size);
    made.size_class_ = size_class;
    auto& idle = idle_[size_class];
    if (idle.empty()) {
        made.memory_.reset(new std::byte[sizes[size_class]]);
    } else {
        made.memory_ = std::move(idle.back());
        idle.pop_back();
    }
    return made;
}

packet_pool::packet packet_pool::copy(std::span<const std::byte> payload)
{
    std::uint32_t size_class = 0;
    while (sizes[size_class] < payload.size()) ++size_class;
    packet made = make(size_class, payload.size());
    if (made && !payload.empty()) std::memcpy(made.memory_.get(), payload.data(), payload.size());
    return made;
}

packet_pool::packet packet_pool::adopt(std::unique_ptr<std::byte[]>& buffer, std::size_t size)
{
    constexpr std::uint32_t medium = 1;
    packet made = make(medium, size);
    if (made) std::swap(made.memory_, buffer);
    return made;
}

} // namespace badwire::relay
