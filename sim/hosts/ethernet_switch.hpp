// ethernet_switch.hpp: what is between hosts: takes each frame that one of them sends, lets links decide
// over it, and gives it to those it is for.
//
// A datagram is offered to a link as its payload alone, in the flow of the process, as on every other
// network: so it meets the same fate. Broadcast and multicast packets are copied behind the sender's
// links, and each receiver's copy meets a fate of its own; only members of a group are receivers.
// Finding neighbours (ARP, ND) and errors (ICMP) belong to the hosts: no link delays, loses or counts
// them, and only a cut stops them. Reports of membership (IGMP, MLD) go to nobody.
//
// One io_context's thread; not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "sim/hosts/frame_link.hpp"
#include "sim/hosts/namespaces.hpp"
#include "sim/hosts/topology.hpp"

namespace badwire::hosts {

struct switch_options {
    std::uint64_t seed = 1;
    std::map<std::string, link::link_options> links;
    std::function<link::witnesses(const std::string& link)> witnesses_of;
    std::size_t in_flight_bytes_max = std::size_t{256} << 20;
};

class ethernet_switch {
public:
    /// Takes over the hosts' wires. The topology must outlive it. Schedules of links begin now.
    ethernet_switch(boost::asio::io_context& context, std::vector<made_host>& hosts,
                    const topology& of, const switch_options& asked);
    ~ethernet_switch();
    ethernet_switch(const ethernet_switch&) = delete;
    ethernet_switch& operator=(const ethernet_switch&) = delete;

    /// Frames on their way are forgotten; nothing happens afterwards. The counters stay.
    void close();

    const frame_link& between(const std::string& link) const;
    /// Frames that a host sent, or should have got, and that the system had no room for: no link
    /// has decided over them.
    std::uint64_t dropped_by_kernel();

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace badwire::hosts
