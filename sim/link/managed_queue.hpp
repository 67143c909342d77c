// managed_queue.hpp: a queue that is managed actively (AQM): it decides over packets when they come
// and when they go, and not only by its size. A bottleneck gives packets to it and takes them out
// when its transmitter is free. Clock-free; not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "sim/link/fate.hpp"

namespace badwire::link {

/// Waits in a queue, and is told once what came of it, unless it is forgotten.
struct queue_guest {
    struct outcome {
        duration at;          // when it was decided: transmission begins, or it is dropped
        cause why;            // none: it passes
        bool marked;          // and is to say that there is congestion
        double asked;         // PIE's probability at its arrival
        duration transmitted; // when its last bit has left
    };
    virtual ~queue_guest() = default;
    virtual void served(const outcome& what) = 0;
    /// For forgetting all of the same one.
    virtual const void* owner() const = 0;
};

/// A packet that waits.
struct queued_packet {
    std::uint64_t bytes = 0; // with overhead
    duration arrived{0};
    std::uint64_t flow = 0; // packets of equal numbers stay in order
    bool capable = false;   // its sender knows ECN
    bool of_stream = false; // a segment of a connection: never dropped
    double drawn = 1;       // in [0, 1)
    bool marked = false;
    double asked = 0;
    std::unique_ptr<queue_guest> guest{}; // null: nobody is told; then it is never dropped
};

struct dropped_packet {
    queued_packet packet;
    cause why;
};
using dropped_packets = std::vector<dropped_packet>;

/// Packets in order, and the sum of their bytes.
class packet_fifo {
public:
    bool empty() const { return packets_.empty(); }
    std::size_t size() const { return packets_.size(); }
    std::uint64_t bytes() const { return bytes_; }
    const queued_packet& front() const { return packets_.front(); }
    const queued_packet& back() const { return packets_.back(); }
    const queued_packet& operator[](std::size_t i) const { return packets_[i]; }

    void push(queued_packet one)
    {
        bytes_ += one.bytes;
        packets_.push_back(std::move(one));
    }
    queued_packet pop()
    {
        queued_packet first = std::move(packets_.front());
        packets_.pop_front();
        bytes_ -= first.bytes;
        return first;
    }
    queued_packet pop_back()
    {
        queued_packet last = std::move(packets_.back());
        packets_.pop_back();
        bytes_ -= last.bytes;
        return last;
    }
    void erase(const std::function<bool(const queued_packet&)>& which)
    {
        std::erase_if(packets_, [&](const queued_packet& one) {
            if (!which(one)) return false;
            bytes_ -= one.bytes;
            return true;
        });
    }

private:
    std::deque<queued_packet> packets_;
    std::uint64_t bytes_ = 0;
};

class managed_queue {
public:
    virtual ~managed_queue() = default;

    /// A packet comes; the queue may drop it at once.
    virtual void enqueue(queued_packet one, duration now, dropped_packets& dropped) = 0;
    /// The packet that is transmitted next, after those that are dropped instead; nothing: it is
    /// empty.
    virtual std::optional<queued_packet> dequeue(duration now, dropped_packets& dropped) = 0;
    /// Makes room where it is too full; nothing: what waits cannot be dropped.
    virtual std::optional<queued_packet> drop_one() = 0;

    /// How many bytes are transmitted until the last packet of that flow is, if nothing comes and
    /// nothing is dropped meanwhile.
    virtual std::uint64_t bytes_until_last_of(std::uint64_t flow) const
    {
        static_cast<void>(flow);
        return bytes();
    }
    /// Bits a second from now on; 0: not known.
    virtual void set_rate(double bits_per_second) { static_cast<void>(bits_per_second); }

    virtual std::size_t size() const = 0;
    virtual std::uint64_t bytes() const = 0;
    virtual void erase(const std::function<bool(const queued_packet&)>& which) = 0;
};

/// What the AQM asks for; null: none is asked for.
std::unique_ptr<managed_queue> make_managed_queue(const aqm_model& asked);

} // namespace badwire::link
