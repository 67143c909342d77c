// host.hpp: one program's side of a world: whether it may go on, and what its clock says.
//
// Whatever lets a program go on (a completed operation, a function on its executor) passes through
// its host first. So a program can be paused, as by SIGSTOP, or let others go first that could go
// on at the same instant. Not thread-safe.
#pragma once

#include <vector>

#include "impl/net/stoppable.hpp"
#include "sim/virtual/event_queue.hpp"

namespace badwire::sim {

class world;

/// What a clock shows: `skew` more than the world's, and `drift` seconds more per second.
struct clock_error {
    net::duration skew{0};
    double drift = 0;
    bool operator==(const clock_error&) const = default;
};

class host {
public:
    explicit host(world& in) : world_(in) {}
    host(const host&) = delete;
    host& operator=(const host&) = delete;

    world& in() { return world_; }
    /// What the program has open.
    net::stoppables& alive() { return alive_; }

    /// From now on the program stands still: what would let it go on waits, and arrives in its
    /// order at resume().
    void pause();
    void resume();
    bool paused() const { return paused_; }

    /// Everything else at this instant comes first.
    void yield();
    void end_yield();

    /// First of all in the fire() of an event that lets the program go on. True: not now; it is
    /// fired again in time.
    bool holds(event& what)
    {
        if (free_) [[likely]]
            return false;
        return hold(what);
    }
    /// Call when such an event is destroyed, or no longer wanted.
    void forget(event& what)
    {
        if (!held_.empty()) [[unlikely]]
            std::erase(held_, &what);
    }
    /// Whether what is to go on is looked at, one by one.
    void set_watched(bool watched);

    /// The program's clock, now; that clock, and back. Times without a meaning (net::never) stay what they are.
    void set_clock(const clock_error& error) { clock_ = error; }
    net::time_point now() const;
    net::time_point local_time(net::time_point of_world) const;
    net::time_point world_time(net::time_point local) const;

private:
    bool hold(event& what);
    void let_go();
    void decide_free() { free_ = !paused_ && !yields_ && !watched_; }

    world& world_;
    net::stoppables alive_;
    bool free_ = true; // none of the following
    bool paused_ = false;
    bool yields_ = false;
    bool watched_ = false;
    clock_error clock_;
    std::vector<event*> held_;
};

} // namespace badwire::sim
