// listening_pair.hpp: one address and port, for datagrams and for connections.
#pragma once

#include <cstdint>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>

#include "sim/relay/relay.hpp"

namespace badwire::relay {

/// Receive and send buffers of 4 MiB, or as large as the system allows: a burst should wait, and
/// not be lost where no rule says so.
void enlarge_buffers(boost::asio::ip::udp::socket& socket);

/// Small buffers for connections: what is on its way waits in the link, within its window.
template <typename Socket>
void limit_buffers(Socket& socket)
{
    constexpr int wanted = 256 << 10;
    boost::system::error_code refused; // best effort
    socket.set_option(boost::asio::socket_base::receive_buffer_size(wanted), refused);
    socket.set_option(boost::asio::socket_base::send_buffer_size(wanted), refused);
}

/// Binds to that port at an address from which the upstream is reached and that is not the usual one
/// of this machine, so that the port's owner keeps it: 127.0.0.2 and so on, or any address. Where
/// none is free the socket stays unbound.
template <typename Socket, typename Endpoint>
void bind_to_port(Socket& socket, const Endpoint& upstream, std::uint16_t port)
{
    constexpr unsigned loopback = 0x7f000000;
    constexpr unsigned first = 2;
    constexpr unsigned last = 254;
    boost::system::error_code failed;
    if (!upstream.address().is_v4() || !upstream.address().is_loopback()) {
        socket.bind(Endpoint(upstream.protocol(), port), failed);
        return;
    }
    failed = boost::asio::error::address_in_use;
    for (unsigned host = first; failed && host <= last; ++host)
        socket.bind(Endpoint(boost::asio::ip::address_v4(loopback + host), port), failed);
}

struct listening_pair {
    boost::asio::ip::udp::socket datagrams; // non-blocking
    boost::asio::ip::tcp::acceptor connections;
};

/// Binds both; port 0 chooses a port that is free for both. Throws system_error.
listening_pair listen_to_both(boost::asio::io_context& context, const endpoint& at);

} // namespace badwire::relay
