// concepts.hpp: the contract of the seam. Asio's own sockets, the seam's and therefore those of
// every network meet the same concepts; network_test.cpp asserts it.
#pragma once

#include "impl/net/asio.hpp"

namespace badwire::net {

/// What every object of the seam has: an executor to run on, and an end to its operations.
template <typename Object>
concept cancellable = requires(Object object)
{
    asio::any_io_executor(object.get_executor());
    object.cancel();
};

template <typename Socket>
concept datagram_socket = cancellable<Socket> &&
    requires(Socket socket, asio::mutable_buffer in, asio::const_buffer out, udp::endpoint endpoint,
             void (*done)(error_code, std::size_t))
{
    endpoint = socket.local_endpoint();
    socket.async_receive_from(in, endpoint, done);
    socket.async_send_to(out, endpoint, done);
    socket.close();
};

template <typename Stream>
concept byte_stream = cancellable<Stream> &&
    requires(Stream stream, asio::mutable_buffer in, asio::const_buffer out, tcp::endpoint endpoint,
             void (*done)(error_code, std::size_t), void (*connected)(error_code))
{
    endpoint = stream.local_endpoint();
    endpoint = stream.remote_endpoint();
    stream.async_connect(endpoint, connected);
    stream.async_read_some(in, done);
    stream.async_write_some(out, done);
    stream.close();
};

template <typename Timer>
concept waiting_timer = cancellable<Timer> &&
    requires(Timer timer, time_point when, void (*done)(error_code))
{
    timer.expires_at(when);
    timer.async_wait(done);
};

} // namespace badwire::net
