// passage.hpp: takes frames along their ways, through links, until they are for a host. Not thread-safe.
#pragma once

#include <functional>
#include <span>

#include "sim/hosts/kept_frame.hpp"
#include "sim/hosts/ways.hpp"
#include "sim/relay/delay_queue.hpp"

namespace badwire::hosts {

class passage {
public:
    /// Whom a frame is given to, at the end of its way; the bytes may be changed, and stay until
    /// flushed() is called.
    using arrival =
        std::function<void(std::size_t host, std::span<std::byte> bytes, frame& parsed)>;
    /// Whether a host gets what is sent to a group.
    using filter = std::function<bool(std::size_t host, const frame& parsed)>;

    /// The links must outlive it.
    passage(clock::time_point start, const ways::link_map& links, std::size_t bytes_max,
            arrival arrives, filter is_receiver)
        : start_(start),
          links_(links),
          bytes_max_(bytes_max),
          arrives_(std::move(arrives)),
          is_receiver_(std::move(is_receiver))
    {
    }

    /// A frame enters a way. Its bytes stay the caller's, and must stay until flushed().
    void begin(std::span<std::byte> bytes, frame& parsed, const way& along,
               clock::time_point arrived);
    /// Lets frames go on that are due; false: there may be more, but others should have a turn.
    bool turn(clock::time_point now);
    /// When the next one is due; max(): none waits.
    clock::time_point next_due() const;
    /// What was given to hosts has been sent.
    void flushed();
    /// Forgets all that is on its way.
    void clear();

private:
    struct carrier; // of one that is offered
    struct later;   // of one that has waited in a managed queue
    void offer(std::span<std::byte> bytes, const frame& parsed, const way& along,
               clock::time_point arrived);
    void go_on(std::span<std::byte> bytes, frame& parsed, const way& along, clock::time_point now);
    void leave(frame_handle kept, clock::time_point now);
    void release(frame_handle kept);
    void serve_queues(clock::time_point now);
    void end_of_holding(clock::time_point now);
    frame_handle copied(std::span<const std::byte> bytes, const frame& parsed);

    clock::time_point start_;
    const ways::link_map& links_;
    std::size_t bytes_max_;
    arrival arrives_;
    filter is_receiver_;
    std::size_t bytes_kept_ = 0;
    relay::delay_queue<clock::time_point, frame_handle> waiting_;
    relay::delay_queue<clock::time_point, frame_link::conveyor::slot> held_back_;
    std::vector<frame_handle> given_; // to hosts, and not yet sent; or dropped
    std::vector<frame_handle> idle_;  // whose memory is used again
};

} // namespace badwire::hosts
