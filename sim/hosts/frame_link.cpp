#include "sim/hosts/frame_link.hpp"

#include <algorithm>

namespace badwire::hosts {

using link::direction;

frame_link::side::side(std::uint64_t seed, const std::string& name, const link::link_options& asked,
                       direction which, const link::witnesses& seen_by,
                       std::shared_ptr<link::bottleneck> shared)
    : lane(seed, name, asked, which, std::move(shared)),
      carrying(lane, seen_by,
               seen_by.trace ? link::coordinates::always : link::coordinates::if_needed, true)
{
}

frame_link::frame_link(std::uint64_t seed, const std::string& name, const link::link_options& asked,
                       const link::witnesses& seen_by, clock::time_point start,
                       const link::bottleneck_pair& shared)
    : start_(start),
      sides_{side(seed, name, asked, direction::up, seen_by, shared[0]),
             side(seed, name, asked, direction::down, seen_by, shared[1])}
{
}

link::duration frame_link::lane_time(direction which, clock::time_point when)
{
    link::duration& last = sides_[index(which)].last;
    return last = std::max<link::duration>(last, when - start_);
}

void frame_link::delivered(direction which, const link::leaving_packet& what)
{
    carrying(which).delivered(what);
    if (what.facts != nullptr && what.facts->timed) late_.left(what.facts->due, what.time);
}

} // namespace badwire::hosts
