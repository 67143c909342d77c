// multicast_hub.hpp: multicast over the links of real processes. Every member behind a link has a
// group and a port of its own. What it sends there goes up its link once, and from here down to
// each other member, over that member's link, with a fate of its own (flow: the receiver's name).
//
// A member gets its own copy from its own group, at once, as the host loops it back: no link
// touches it. Members behind no link share one group. Receivers hear each sending socket from an
// address of its own; what they send to that address reaches nobody. The hub hears a member on any
// interface of this host, because other people's programs leave the choice to the system, but only
// from this host; it sends to members on the loopback interface, with TTL 1. At most sources_max
// sending sockets are carried; more are refused.
//
// Datagrams are carried one at a time, some 20 µs each: for members that talk, not for throughput.
//
// Runs on one io_context that one thread runs; not thread-safe.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "sim/relay/relay.hpp"

namespace badwire::relay {

class multicast_hub {
public:
    static constexpr std::size_t sources_max = 1024;

    explicit multicast_hub(boost::asio::io_context& context);
    ~multicast_hub();
    multicast_hub(const multicast_hub&) = delete;

    /// The group of a member behind `over`, or (null) of all members behind no link. The link must
    /// outlive the hub. Throws system_error.
    void add(const std::string& name, const endpoint& group, relay* over);

    /// Stops listening; datagrams still in flight are forgotten.
    void close();

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace badwire::relay
