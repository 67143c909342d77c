// event_queue.hpp: the coming events of a virtual world, ordered by (time, sequence).
//
// A binary heap for future events, and a plain queue for those that happen now. Events know their
// place in the heap, so a cancelled event leaves at once and costs nothing later. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "impl/net/asio.hpp"

namespace badwire::sim {

/// Something that can be scheduled, once at a time. Its owner must unschedule it before destroying
/// it; the queue never owns events.
class event {
public:
    event() = default;
    event(const event&) = delete;
    event& operator=(const event&) = delete;

    /// Runs at its time, when it is no longer scheduled; may delete itself.
    virtual void fire() = 0;

    bool scheduled() const { return place_ != nowhere; }

    virtual ~event() = default;

protected:
    /// Nobody but the harness waits for it: see event_queue::all_wait(). Not while it is scheduled.
    void wakes_nobody() { wakes_nobody_ = true; }

private:
    friend class event_queue;
    static constexpr std::size_t nowhere = SIZE_MAX;
    static constexpr std::size_t in_ready = SIZE_MAX - 1;
    std::size_t place_ = nowhere; // index in the heap
    bool wakes_nobody_ = false;
};

class event_queue {
public:
    net::time_point now() const { return now_; }
    bool empty() const { return heap_.empty() && ready_.empty(); }
    /// Another event is left at this instant.
    bool more_now()
    {
        while (!ready_.empty() && !ready_.front().what) ready_.pop_front();
        return !ready_.empty() || (!heap_.empty() && heap_.front().when <= now_);
    }
    /// When the next event is, at the latest; net::never where none is left.
    net::time_point next() const
    {
        if (!ready_.empty()) return now_;
        return heap_.empty() ? net::never : heap_.front().when;
    }
    /// Events are left, but none that could wake a program: all wait for one another.
    bool all_wait() const { return waking_ == 0 && !heap_.empty(); }

    /// Schedules for `when`, or for now if that time has passed.
    void schedule(event& what, net::time_point when)
    {
        if (when <= now_) return schedule_now(what);
        what.place_ = heap_.size();
        count(what);
        heap_.push_back({when, sequence_++, &what});
        sift_up(what.place_);
    }

    void schedule_now(event& what)
    {
        what.place_ = event::in_ready;
        count(what);
        ready_.push_back({now_, sequence_++, &what});
    }

    void unschedule(event& what)
    {
        if (!what.scheduled()) return;
        if (what.place_ == event::in_ready) {
            for (entry& waiting : ready_)
                if (waiting.what == &what) waiting.what = nullptr;
        } else {
            remove(what.place_);
        }
        what.place_ = event::nowhere;
        waking_ -= what.wakes_nobody_ ? 0 : 1;
    }

    /// Runs the next event; false when there is none.
    bool step();

private:
    struct entry {
        net::time_point when;
        std::uint64_t sequence;
        event* what; // in ready_: null once unscheduled
        bool operator<(const entry& other) const
        {
            return when != other.when ? when < other.when : sequence < other.sequence;
        }
    };

    void count(const event& what) { waking_ += what.wakes_nobody_ ? 0 : 1; }
    void put(std::size_t place, const entry& moved)
    {
        heap_[place] = moved;
        moved.what->place_ = place;
    }
    void sift_up(std::size_t place);
    void sift_down(std::size_t place);
    void remove(std::size_t place);

    net::time_point now_{};
    std::uint64_t sequence_ = 0;
    std::size_t waking_ = 0; // scheduled events that may wake a program
    std::vector<entry> heap_;
    std::deque<entry> ready_;
};

} // namespace badwire::sim
