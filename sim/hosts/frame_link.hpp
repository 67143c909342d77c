// frame_link.hpp: one link between hosts: what it decides, and what it counts. Not thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <string>

#include "sim/hosts/kept_frame.hpp"
#include "sim/hosts/segments.hpp"
#include "sim/link/shared_bottlenecks.hpp"
#include "sim/relay/punctuality.hpp"
#include "sim/relay/relay.hpp"

namespace badwire::hosts {

using clock = std::chrono::steady_clock;

class frame_link {
public:
    using conveyor = link::conveyor<frame_handle>;

    frame_link(std::uint64_t seed, const std::string& name, const link::link_options& asked,
               const link::witnesses& seen_by, clock::time_point start,
               const link::bottleneck_pair& shared = {});

    link::lane& lane(link::direction which) { return sides_[index(which)].lane; }
    const link::lane& lane(link::direction which) const { return sides_[index(which)].lane; }
    conveyor& carrying(link::direction which) { return sides_[index(which)].carrying; }
    const link::delay_statistics& delays(link::direction which) const
    {
        return sides_[index(which)].carrying.delays();
    }

    /// Tells its TCP segments apart.
    segment_tracker& segments() { return segments_; }

    /// What a lane is told for something that happened at `when`: never less than before.
    link::duration lane_time(link::direction which, clock::time_point when);

    /// A frame leaves the link.
    void delivered(link::direction which, const link::leaving_packet& what);
    relay::lateness how_late() const { return late_.so_far(); }

private:
    struct side {
        side(std::uint64_t seed, const std::string& name, const link::link_options& asked,
             link::direction which, const link::witnesses& seen_by,
             std::shared_ptr<link::bottleneck> shared);
        link::lane lane;
        conveyor carrying;
        link::duration last{0};
    };
    static std::size_t index(link::direction which) { return static_cast<std::size_t>(which); }

    clock::time_point start_;
    std::array<side, 2> sides_;
    relay::punctuality late_;
    segment_tracker segments_;
};

} // namespace badwire::hosts
