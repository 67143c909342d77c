// listening_pair.hpp: one address and port, for datagrams and for connections.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>

#include "sim/relay/relay.hpp"

namespace badwire::relay {

/// Receive and send buffers of 4 MiB, or as large as the system allows: a burst should wait, and
/// not be lost where no rule says so.
void enlarge_buffers(boost::asio::ip::udp::socket& socket);

/// From now on, what comes to the socket is dropped; or no longer.
void drop_all(int socket, bool drop);

/// Small buffers for connections: what is on its way waits in the link, within its window.
template <typename Socket>
void limit_buffers(Socket& socket)
{
    constexpr int wanted = 256 << 10;
    boost::system::error_code refused; // best effort
    socket.set_option(boost::asio::socket_base::receive_buffer_size(wanted), refused);
    socket.set_option(boost::asio::socket_base::send_buffer_size(wanted), refused);
}

struct listening_pair {
    boost::asio::ip::udp::socket datagrams; // non-blocking
    boost::asio::ip::tcp::acceptor connections;
};

/// Binds both; port 0 chooses a port that is free for both. Throws system_error.
listening_pair listen_to_both(boost::asio::io_context& context, const endpoint& at);

} // namespace badwire::relay
