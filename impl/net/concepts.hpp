// concepts.hpp: the contract of the seam. Asio's own sockets, the seam's and therefore those of
// every network meet the same concepts; network_test.cpp asserts it.
#pragma once

#include <concepts>

#include "impl/net/asio.hpp"

namespace badwire::net {

template <typename Socket>
concept datagram_socket = requires(Socket socket, asio::mutable_buffer in, asio::const_buffer out,
                                   udp::endpoint endpoint, void (*done)(error_code, std::size_t))
{
    {
        socket.get_executor()
        } -> std::convertible_to<asio::any_io_executor>;
    {
        socket.local_endpoint()
        } -> std::same_as<udp::endpoint>;
    socket.async_receive_from(in, endpoint, done);
    socket.async_send_to(out, endpoint, done);
    socket.cancel();
    socket.close();
};

template <typename Stream>
concept byte_stream = requires(Stream stream, asio::mutable_buffer in, asio::const_buffer out,
                               tcp::endpoint endpoint, void (*done)(error_code, std::size_t),
                               void (*connected)(error_code))
{
    {
        stream.get_executor()
        } -> std::convertible_to<asio::any_io_executor>;
    {
        stream.local_endpoint()
        } -> std::same_as<tcp::endpoint>;
    {
        stream.remote_endpoint()
        } -> std::same_as<tcp::endpoint>;
    stream.async_connect(endpoint, connected);
    stream.async_read_some(in, done);
    stream.async_write_some(out, done);
    stream.cancel();
    stream.close();
};

template <typename Timer>
concept waiting_timer = requires(Timer timer, time_point when, void (*done)(error_code))
{
    {
        timer.get_executor()
        } -> std::convertible_to<asio::any_io_executor>;
    timer.expires_at(when);
    timer.async_wait(done);
    timer.cancel();
};

} // namespace badwire::net
