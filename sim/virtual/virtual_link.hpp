// virtual_link.hpp: a link of a virtual world. It stands where the relay stands between real
// processes and asks the same link models; only the clock differs.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "sim/link/link.hpp"
#include "sim/link/trace.hpp"
#include "sim/virtual/virtual_sockets.hpp"

namespace badwire::sim {

class virtual_link {
public:
    virtual_link(world& in, std::string name, std::uint64_t seed, const link::link_options& options,
                 link::trace_sink trace);
    ~virtual_link();

    /// Opens a port that leads to `upstream`, for datagrams and connections alike; what comes
    /// through it is the flow `flow_name`. Loss applies to datagrams; connections are delayed, in
    /// order.
    net::udp::endpoint open(const net::udp::endpoint& upstream, const std::string& flow_name);

    const link::counters& count(link::direction which) const;

private:
    struct lane_state; // one direction
    struct client;     // the side of a flow that faces the server
    struct entrance;   // the port that faces the clients of one flow

    world& world_;
    std::string name_;
    link::trace_sink trace_;
    std::unique_ptr<lane_state> up_;
    std::unique_ptr<lane_state> down_;
    std::vector<std::unique_ptr<entrance>> entrances_;
};

} // namespace badwire::sim
