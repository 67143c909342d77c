// stream_route.hpp: one direction of a TCP connection that goes through several links in a row: a
// stream_path through each, and what arrives at the end of one is offered to the next.
//
// A window holds between the two ends, the smallest that one of the links allows: what the receiver has
// read is acknowledged after the delays of all links of the way back. Each link does to the stream what
// it would do alone; what one of them repairs, it repairs by itself. Driven as a stream_path is; through
// one link it is one. Not thread-safe.
#pragma once

#include <deque>
#include <optional>
#include <span>

#include "sim/link/stream_path.hpp"

namespace badwire::link {

class stream_route {
public:
    using arrival = stream_path::arrival;

    /// The number-th stream of that flow of that link, behind the links that were added before.
    void add(lane& through, const flow& of, std::uint64_t number, stream_path::way_back back,
             duration start);

    void offer(std::span<const std::byte> bytes, duration now);
    void offer_end() { hops_.front().path.offer_end(); }
    void offer_reset() { hops_.front().path.offer_reset(); }
    void advance(duration now);
    std::optional<arrival> take(duration now) { return hops_.back().path.take(now); }
    std::size_t room(duration now);
    void was_read(std::size_t bytes, duration now);
    duration next_room() const;
    duration next_entry() const;
    duration next_arrival() const { return hops_.back().path.next_arrival(); }
    /// At the end of that link, of those in the order in which they were added.
    duration next_arrival(std::size_t place) const { return hops_[place].path.next_arrival(); }
    void watch(std::size_t place, segment_witness* by) { hops_[place].path.watch(by); }
    bool ended() const { return hops_.front().path.ended(); }

private:
    struct hop {
        hop(lane& through, const flow& of, std::uint64_t number, stream_path::way_back way,
            duration start)
            : along(&through), back(way), number_of(number), path(through, of, number, way, start)
        {
        }
        lane* along;
        stream_path::way_back back;
        std::uint64_t number_of;
        stream_path path;
    };
    struct acknowledgment {
        duration due;
        std::size_t bytes;
    };

    bool several() const { return hops_.size() > 1; }
    bool cut_off() const;
    void acknowledge(std::size_t bytes, duration now);

    std::deque<hop> hops_; // paths stay where they are
    std::uint64_t unacknowledged_ = 0, read_ = 0;
    std::deque<acknowledgment> acknowledgments_;
    std::size_t read_during_cut_ = 0; // acknowledged when all ways back are whole
};

} // namespace badwire::link
