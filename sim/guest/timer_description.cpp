#include "sim/guest/timer_description.hpp"

#include <span>

namespace badwire::guest {

void timer_description::set(net::time_point first, net::duration every)
{
    due_ = first;
    every_ = every;
    count_ = 0;
    alarm_.stop();
    if (due_ != net::never) alarm_.set(due_);
}

void timer_description::passed()
{
    ++count_;
    due_ = every_.count() > 0 ? due_ + every_ : net::never;
    if (due_ != net::never) alarm_.set(due_);
    tell_change();
}

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
