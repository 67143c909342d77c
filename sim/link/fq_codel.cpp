#include "sim/link/fq_codel.hpp"

namespace badwire::link {

void fq_codel_queue::enqueue(queued_packet one, duration, dropped_packets&)
{
    const auto [place, begins] =
        queues_.try_emplace(one.flow, flow_queue{one.flow, asked_.quantum_bytes});
    if (begins) new_.push_back(&place->second);
    ++size_;
    bytes_ += one.bytes;
    place->second.waiting.push(std::move(one));
}

std::optional<queued_packet> fq_codel_queue::dequeue(duration now, dropped_packets& dropped)
{
    while (!new_.empty() || !old_.empty()) {
        const bool is_new = !new_.empty();
        auto& turns = is_new ? new_ : old_;
        flow_queue& first = *turns.front();
        if (first.deficit <= 0) {
            first.deficit += asked_.quantum_bytes;
            turns.pop_front();
            old_.push_back(&first);
            continue;
        }
        const std::size_t before = first.waiting.size();
        const std::uint64_t bytes_before = first.waiting.bytes();
        auto next = first.control.dequeue(first.waiting, asked_, now, dropped);
        size_ -= before - first.waiting.size();
        bytes_ -= bytes_before - first.waiting.bytes();
        if (next) {
            first.deficit -= static_cast<std::int64_t>(next->bytes);
            return next;
        }
        // A queue that was new waits for one turn more, so that it cannot starve the old ones by
        // being new again and again.
        turns.pop_front();
        if (is_new) old_.push_back(&first);
        else queues_.erase(first.flow);
    }
    return {};
}

std::optional<queued_packet> fq_codel_queue::drop_one()
{
    flow_queue* longest = nullptr;
    for (const auto* turns : {&new_, &old_})
        for (flow_queue* const one : *turns)
            if (!one->waiting.empty() && !one->waiting.front().of_stream &&
                (longest == nullptr || one->waiting.bytes() > longest->waiting.bytes()))
                longest = one;
    if (longest == nullptr) return {};
    auto dropped = longest->waiting.pop();
    --size_;
    bytes_ -= dropped.bytes;
    return dropped;
}

// Takes the turns, as dequeue() does, of what waits.
std::uint64_t fq_codel_queue::bytes_until_last_of(std::uint64_t flow) const
{
    struct turn {
        const flow_queue* of;
        std::int64_t deficit;
        std::size_t sent = 0;
    };
    std::deque<turn> fresh, old;
    for (const flow_queue* const one : new_) fresh.push_back({one, one->deficit});
    for (const flow_queue* const one : old_) old.push_back({one, one->deficit});
    std::uint64_t bytes = 0;
    while (!fresh.empty() || !old.empty()) {
        auto& turns = fresh.empty() ? old : fresh;
        turn& first = turns.front();
        const packet_fifo& waiting = first.of->waiting;
        if (first.deficit > 0 && first.sent < waiting.size()) {
            const std::uint64_t size = waiting[first.sent++].bytes;
            bytes += size;
            first.deficit -= static_cast<std::int64_t>(size);
            if (first.of->flow == flow && first.sent == waiting.size()) break;
            continue;
        }
        turn next = first;
        turns.pop_front();
        if (next.sent == waiting.size()) continue;
        next.deficit += asked_.quantum_bytes;
        old.push_back(next);
    }
    return bytes;
}

void fq_codel_queue::erase(const std::function<bool(const queued_packet&)>& which)
{
    size_ = 0;
    bytes_ = 0;
    for (auto& [flow, one] : queues_) {
        one.waiting.erase(which);
        size_ += one.waiting.size();
        bytes_ += one.waiting.bytes();
    }
}

} // namespace badwire::link
