// fq_codel.hpp: FQ-CoDel (RFC 8290): a queue for each flow, each managed by CoDel; they take turns
// by bytes, and a flow that has just begun, or sends little, goes before those that always have
// something waiting. Each flow has a queue of its own, where RFC 8290 finds one of 1024 by a hash.
// Clock-free; not thread-safe.
#pragma once

#include <unordered_map>

#include "sim/link/codel.hpp"

namespace badwire::link {

class fq_codel_queue final : public managed_queue {
public:
    explicit fq_codel_queue(const aqm_model& asked) : asked_(asked) {}

    void enqueue(queued_packet one, duration now, dropped_packets& dropped) override;
    std::optional<queued_packet> dequeue(duration now, dropped_packets& dropped) override;
    /// From the head of the longest queue.
    std::optional<queued_packet> drop_one() override;
    std::uint64_t bytes_until_last_of(std::uint64_t flow) const override;
    std::size_t size() const override { return size_; }
    std::uint64_t bytes() const override { return bytes_; }
    void erase(const std::function<bool(const queued_packet&)>& which) override;

private:
    struct flow_queue {
        std::uint64_t flow;
        std::int64_t deficit; // bytes that it may send in this turn
        packet_fifo waiting{};
        codel_control control{};
    };
    const aqm_model asked_;
    std::unordered_map<std::uint64_t, flow_queue> queues_; // that are in one of the two lists
    std::deque<flow_queue*> new_, old_;
    std::size_t size_ = 0;
    std::uint64_t bytes_ = 0;
};

} // namespace badwire::link
