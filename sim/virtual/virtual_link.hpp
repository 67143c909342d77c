// virtual_link.hpp: a link of a virtual world. It has the place of the relay between real processes
// and asks the same link models; only the clock differs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/link/link.hpp"
#include "sim/link/shared_bottlenecks.hpp"
#include "sim/virtual/virtual_lane.hpp"

namespace badwire::sim {

class virtual_link {
public:
    /// Schedules count from the world's beginning.
    virtual_link(world& in, const std::string& name, std::uint64_t seed,
                 const link::link_options& options, const link::witnesses& seen_by,
                 const link::bottleneck_pair& shared = {});
    ~virtual_link();
    virtual_link(const virtual_link&) = delete;

    /// Opens a port that leads to `upstream`, for datagrams and connections alike; all that passes
    /// through it belongs to the flow `flow_name`.
    net::udp::endpoint open(const net::udp::endpoint& upstream, const std::string& flow_name);

    /// As relay::join(): datagrams between two processes that know each other by these two ports.
    void join(const net::udp::endpoint& there, const net::udp::endpoint& back);

    /// Decisions and delays of that direction so far.
    const virtual_lane& along(link::direction which) const;
    virtual_lane& along(link::direction which);
    link::counters count(link::direction which) const { return along(which).decisions().count(); }

private:
    struct client; // the side of a flow that faces the server
    net::udp::endpoint address_for(const net::udp::endpoint& of) const;
    struct entrance; // the port that faces the clients of one flow

    world& world_;
    bool keep_ports_;
    link::packet_watcher* watcher_;
    virtual_lane up_;
    virtual_lane down_;
    std::vector<std::unique_ptr<entrance>> entrances_;
};

} // namespace badwire::sim
