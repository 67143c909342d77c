// endpoints.hpp: how programs get their sockets, with messages for people where that fails.
//
// All throw net::failure.
#pragma once

#include <string>

#include "impl/apps/shared/options.hpp"
#include "impl/net/network.hpp"

namespace badwire::apps {

/// A deadline for all that the socket waits for from now on; 0: none.
template <typename Socket>
void allow(Socket& socket, net::duration timeout)
{
    if (timeout > net::duration::zero()) socket.expires_after(timeout);
    else socket.expires_never();
}

/// A listening socket; says "listening on ADDRESS:PORT".
net::tcp_listener listen_tcp(net::network& network, const server_options& options);

/// The next client. Survives passing troubles, such as a client that is gone again or too many open
/// files; throws system_error when the program was stopped.
net::awaitable<net::tcp_stream> accept(net::network& network, net::tcp_listener& listener);

/// A connection to the server. The timeout holds for connecting and for what is read next.
net::awaitable<net::tcp_stream> connect(net::network& network, const client_options& options);

/// A datagram socket on a known port; says "listening on ADDRESS:PORT".
net::udp_socket listen_udp(net::network& network, const server_options& options);

/// A datagram socket on a port that the system chooses, of the same IP version as `peer`.
net::udp_socket open_udp(net::network& network, const net::udp::endpoint& peer);

/// The server's address.
net::udp::endpoint udp_peer(net::network& network, const client_options& options);

} // namespace badwire::apps
