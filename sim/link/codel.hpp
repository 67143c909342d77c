// codel.hpp: CoDel (RFC 8289): packets are dropped as they leave a queue, once all have waited for
// longer than `target` during a whole `interval`; the next drops follow after interval / sqrt(count)
// each, until a packet has waited for less. Clock-free; not thread-safe.
#pragma once

#include "sim/link/managed_queue.hpp"

namespace badwire::link {

/// The state of CoDel for one queue.
class codel_control {
public:
    /// The packet that leaves now, after those that are dropped instead; nothing: none is left.
    std::optional<queued_packet> dequeue(packet_fifo& from, const aqm_model& asked, duration now,
                                         dropped_packets& dropped);

private:
    struct candidate {
        std::optional<queued_packet> packet;
        bool may_drop;
    };
    candidate look(packet_fifo& from, const aqm_model& asked, duration now);
    duration next_after(duration last, const aqm_model& asked) const;
    void begin(const aqm_model& asked, duration now);

    std::optional<duration> first_above_{}; // when the queue may be called bad
    duration drop_next_{0};
    std::uint32_t count_ = 0; // drops since dropping began
    std::uint32_t last_count_ = 0;
    bool dropping_ = false;
};

class codel_queue final : public managed_queue {
public:
    explicit codel_queue(const aqm_model& asked) : asked_(asked) {}

    void enqueue(queued_packet one, duration, dropped_packets&) override
    {
        waiting_.push(std::move(one));
    }
    std::optional<queued_packet> dequeue(duration now, dropped_packets& dropped) override
    {
        return control_.dequeue(waiting_, asked_, now, dropped);
    }
    std::optional<queued_packet> drop_one() override
    {
        if (waiting_.empty() || waiting_.back().of_stream) return {};
        return waiting_.pop_back();
    }
    std::size_t size() const override { return waiting_.size(); }
    std::uint64_t bytes() const override { return waiting_.bytes(); }
    void erase(const std::function<bool(const queued_packet&)>& which) override
    {
        waiting_.erase(which);
    }

private:
    const aqm_model asked_;
    packet_fifo waiting_;
    codel_control control_;
};

} // namespace badwire::link
