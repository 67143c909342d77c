#include "sim/link/stream_route.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace badwire::link {

void stream_route::add(lane& through, const flow& of, std::uint64_t number,
                       stream_path::way_back back, duration start)
{
    hops_.emplace_back(through, of, number, back, start);
}

void stream_route::offer(std::span<const std::byte> bytes, duration now)
{
    unacknowledged_ += bytes.size();
    hops_.front().path.offer(bytes, now);
}

void stream_route::advance(duration now)
{
    hops_.front().path.advance(now);
    for (std::size_t i = 1; i < hops_.size(); ++i) {
        stream_path& before = hops_[i - 1].path;
        stream_path& next = hops_[i].path;
        static_cast<void>(next.room(now)); // forgets what was acknowledged
        while (auto arrived = before.take(now)) {
            if (arrived->is == arrival::kind::end) next.offer_end();
            else if (arrived->is == arrival::kind::reset) next.offer_reset();
            else {
                before.was_read(arrived->bytes.size(), now);
                next.offer(arrived->bytes, now);
            }
        }
        next.advance(now);
    }
}

std::size_t stream_route::room(duration now)
{
    std::size_t room = hops_.front().path.room(now);
    if (!several() || ended()) return room;
    if (read_during_cut_ > 0) acknowledge(0, now);
    for (; !acknowledgments_.empty() && acknowledgments_.front().due <= now;
         acknowledgments_.pop_front())
        unacknowledged_ -= acknowledgments_.front().bytes;
    std::uint64_t window = std::numeric_limits<std::uint64_t>::max();
    for (const hop& one : hops_) window = std::min(window, one.along->asked().tcp.window_bytes);
    const std::uint64_t left = window - std::min(window, unacknowledged_);
    return static_cast<std::size_t>(std::min<std::uint64_t>(room, left));
}

bool stream_route::cut_off() const
{
    return std::ranges::any_of(hops_,
                               [](const hop& one) { return one.back.through->cuts(one.back.of); });
}

void stream_route::was_read(std::size_t bytes, duration now)
{
    hops_.back().path.was_read(bytes, now);
    if (several()) acknowledge(bytes, now);
}

void stream_route::acknowledge(std::size_t bytes, duration now)
{
    read_ += bytes;
    bytes += std::exchange(read_during_cut_, 0);
    duration due = now;
    for (const hop& one : hops_) {
        one.back.through->advance(now);
        due += one.back.through->stream_delay(one.back.of, one.number_of, read_);
    }
    if (cut_off()) {
        read_during_cut_ = bytes;
        return;
    }
    if (!acknowledgments_.empty()) due = std::max(due, acknowledgments_.back().due);
    acknowledgments_.push_back({due, bytes});
}

duration stream_route::next_room() const
{
    duration next = hops_.front().path.next_room();
    if (!several()) return next;
    if (!acknowledgments_.empty()) next = std::min(next, acknowledgments_.front().due);
    if (read_during_cut_ > 0)
        for (const hop& one : hops_) next = std::min(next, one.back.through->next_change());
    return next;
}

duration stream_route::next_entry() const
{
    duration next = forever;
    for (std::size_t i = 0; i < hops_.size(); ++i) {
        next = std::min(next, hops_[i].path.next_entry());
        if (i + 1 < hops_.size()) next = std::min(next, hops_[i].path.next_arrival());
    }
    return next;
}

} // namespace badwire::link
