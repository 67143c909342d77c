#include "sim/guest/timer_description.hpp"

#include <span>

namespace badwire::guest {

short timer_description::ready() const { return count_ > 0 ? POLLIN : 0; }

outcome<received> timer_description::receive(std::size_t most, bool)
{
    if (most < sizeof count_) return {EINVAL};
    if (count_ == 0) return {EAGAIN};
    const auto count = std::exchange(count_, 0);
    const auto bytes = std::as_bytes(std::span(&count, 1));
    return {0, {.bytes = {bytes.begin(), bytes.end()}}};
}

} // namespace badwire::guest
