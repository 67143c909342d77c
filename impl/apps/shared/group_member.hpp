// group_member.hpp: how programs join a multicast group, send to it and hear it, with messages for
// people when that fails.
//
// A member listens on the group's address and port, which all members of a host share, and sends
// from a socket of its own, so that members can be told apart by address.
#pragma once

#include <string>
#include <string_view>

#include "impl/apps/shared/options.hpp"
#include "impl/net/network.hpp"

namespace badwire::apps {

struct group_member {
    net::udp_socket heard;
    net::udp_socket sender;
    net::udp::endpoint group;
};

/// Joins; says "listening on GROUP:PORT". Throws failure.
net::udp_socket join_group(net::network& network, const group_options& options);

/// A socket to send to the group from. Throws failure.
net::udp_socket open_group_sender(net::network& network, const group_options& options);

/// Both.
group_member become_member(net::network& network, const group_options& options);

net::udp::endpoint group_of(const group_options& options);

/// Sends one datagram to the group. Throws failure.
net::awaitable<void> send_to_group(net::udp_socket& sender, std::string_view text,
                                   const net::udp::endpoint& group);

/// The next datagram of at most `limit` bytes; a longer one is reported on `console` and skipped:
/// one bad datagram must not end a member that others talk to. Throws system_error: timed_out, or
/// operation_aborted once the socket is closed.
net::awaitable<std::string> hear(net::console& console, net::udp_socket& socket, std::size_t limit,
                                 net::udp::endpoint& from);

} // namespace badwire::apps
