// pie.hpp: PIE (RFC 8033): packets are dropped as they come, with a probability that a proportional
// integral controller sets every `interval` by how far the queue's delay is from `target`, and
// where it goes. A burst of up to `burst` is let through after calm. Clock-free; not thread-safe.
//
// Of RFC 8033's optional parts, ECN is here (5.1). The queue's delay is its length over the rate
// (4.2), or, where a delivery trace gives no rate, how long its head has waited.
#pragma once

#include "sim/link/managed_queue.hpp"

namespace badwire::link {

class pie_queue final : public managed_queue {
public:
    explicit pie_queue(const aqm_model& asked) : asked_(asked), burst_left_(asked.burst) {}

    void enqueue(queued_packet one, duration now, dropped_packets& dropped) override;
    std::optional<queued_packet> dequeue(duration now, dropped_packets&) override;
    std::optional<queued_packet> drop_one() override
    {
        if (waiting_.empty() || waiting_.back().of_stream) return {};
        return waiting_.pop_back();
    }
    void set_rate(double bits_per_second) override { bits_per_second_ = bits_per_second; }
    std::size_t size() const override { return waiting_.size(); }
    std::uint64_t bytes() const override { return waiting_.bytes(); }
    void erase(const std::function<bool(const queued_packet&)>& which) override
    {
        waiting_.erase(which);
    }

    /// As of the last update, which are at multiples of `interval`.
    double probability() const { return probability_; }

private:
    bool signals(double drawn) const;
    void update_until(duration now);
    void update(duration now);
    duration delay(duration now) const;

    const aqm_model asked_;
    double bits_per_second_ = 0;
    packet_fifo waiting_;
    double probability_ = 0;
    duration delay_before_{0}; // at the last update
    duration burst_left_;      // until the controller may drop
    duration updated_{0};
};

} // namespace badwire::link
