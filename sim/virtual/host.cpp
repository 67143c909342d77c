#include "sim/virtual/host.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/virtual/world.hpp"

namespace badwire::sim {

void host::pause()
{
    paused_ = true;
    decide_free();
}

void host::resume()
{
    paused_ = false;
    decide_free();
    if (!yields_) let_go();
}

void host::yield()
{
    yields_ = true;
    decide_free();
}

void host::end_yield()
{
    yields_ = false;
    decide_free();
    if (!paused_) let_go();
}

void host::set_watched(bool watched)
{
    watched_ = watched;
    decide_free();
}

bool host::hold(event& what)
{
    if (watched_ && !paused_ && !yields_) world_.about_to_go_on(*this);
    if (!paused_ && !yields_) return false;
    // A guest's thread may be woken again and again meanwhile.
    if (std::ranges::find(held_, &what) == held_.end()) held_.push_back(&what);
    return true;
}

void host::let_go()
{
    for (event* const what : std::exchange(held_, {}))
        if (!what->scheduled()) world_.queue().schedule_now(*what);
}

net::time_point host::now() const { return local_time(world_.now()); }

net::time_point host::local_time(net::time_point of_world) const
{
    if (clock_ == clock_error{} || of_world == net::never) return of_world;
    const auto drifted = clock_.drift * static_cast<double>(of_world.time_since_epoch().count());
    return of_world + clock_.skew + net::duration(std::llround(drifted));
}

net::time_point host::world_time(net::time_point local) const
{
    if (clock_ == clock_error{} || local == net::never) return local;
    const auto shown = static_cast<double>((local - clock_.skew).time_since_epoch().count());
    net::time_point found(net::duration(std::llround(shown / (1 + clock_.drift))));
    while (local_time(found) < local) found += net::duration(1); // a timer never ends too early
    return found;
}

} // namespace badwire::sim
