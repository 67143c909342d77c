// stoppable.hpp: what a network must reach to stop its program: every timer and socket it made.
// For those who implement a network; not thread-safe.
#pragma once

#include <boost/intrusive/list.hpp>

namespace badwire::net {

/// Unlinks itself from the list when it is destroyed.
struct stoppable
    : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    virtual void stop() = 0;

protected:
    ~stoppable() = default;
};

using stoppables = boost::intrusive::list<stoppable, boost::intrusive::constant_time_size<false>>;

/// Takes each member out of the list, then stops it: that may destroy others.
inline void stop_all(stoppables& alive)
{
    while (!alive.empty()) {
        stoppable& next = alive.front();
        alive.pop_front();
        next.stop();
    }
}

} // namespace badwire::net
