// multicast_hub.hpp: multicast over virtual links. Every member behind a link has a group of its
// own. What it sends there goes up its link once, and from here down to each other member, over
// that member's link, with a fate of its own (flow: the receiver's name).
//
// A member gets its own copy from its own group, at once, as a host loops it back: no link touches
// it. Members behind no link share one group. Receivers hear each sending socket from an address of
// its own. World's thread; must not outlive the world or the links.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/virtual/virtual_link.hpp"

namespace badwire::sim {

class multicast_hub {
public:
    explicit multicast_hub(world& in);
    ~multicast_hub();
    multicast_hub(const multicast_hub&) = delete;

    /// The group of a member behind `over`, or (null) of all members behind no link.
    void add(const std::string& name, const net::udp::endpoint& group, virtual_link* over);

private:
    struct seat;   // hears what a member sends
    struct source; // a socket that a member sends from, as others see it

    void spread(const source& from, const datagram& contents);

    world& world_;
    std::vector<std::unique_ptr<seat>> seats_;
    std::map<net::udp::endpoint, const source*> sources_; // by the address that others see
};

} // namespace badwire::sim
