#include "impl/apps/shared/endpoints.hpp"

#include <utility>

#include <boost/asio/redirect_error.hpp>

#include "impl/base/address.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

using net::asio::redirect_error;
using net::asio::use_awaitable;

namespace {

template <typename Endpoint>
[[noreturn]] void cannot_listen(const Endpoint& where, const net::system_error& error)
{
    throw net::failure(fmt::format("cannot listen on {}: {}; choose another --port or --bind",
                                   to_text(where), error.code().message()));
}

std::string_view what_to_do(const net::error_code& error)
{
    return error == net::asio::error::no_descriptors
               ? "the next ones wait until others have gone (ulimit -n allows more)"
               : "trying again";
}

} // namespace

net::tcp_listener listen_tcp(net::network& network, const server_options& options)
{
    const net::tcp::endpoint where(network.resolve(options.bind), options.port);
    try {
        net::tcp_listener listener = network.listen_tcp(where);
        network.console().say("listening on {}", to_text(listener.local_endpoint()));
        return listener;
    } catch (const net::system_error& error) {
        cannot_listen(where, error);
    }
}

net::awaitable<net::tcp_stream> accept(net::network& network, net::tcp_listener& listener)
{
    net::error_code last;
    for (;;) {
        net::error_code error;
        net::tcp_stream client =
            co_await listener.async_accept(redirect_error(use_awaitable, error));
        if (!error && last) network.console().complain("accepting clients again");
        if (!error) co_return client;
        const bool over = net::means_closed(error) || error == net::asio::error::timed_out;
        if (network.stopped() || over) throw net::system_error(error);
        if (error != std::exchange(last, error)) // said once, not ten times a second
            network.console().complain("cannot accept a client now: {}; {}", error.message(),
                                       what_to_do(error));
        co_await network.sleep_for(std::chrono::milliseconds(100));
    }
}

net::awaitable<net::tcp_stream> connect(net::network& network, const client_options& options)
{
    const net::tcp::endpoint server(network.resolve(options.host), options.port);
    net::tcp_stream stream = network.make_tcp_stream();
    allow(stream, options.timeout);
    net::error_code error;
    co_await stream.async_connect(server, redirect_error(use_awaitable, error));
    if (error)
        throw net::failure(fmt::format("cannot connect to {}: {}; is the server running there?",
                                       to_text(server), error.message()));
    co_return stream;
}

net::udp_socket listen_udp(net::network& network, const server_options& options)
{
    const net::udp::endpoint where(network.resolve(options.bind), options.port);
    try {
        net::udp_socket socket = network.bind_udp(where);
        network.console().say("listening on {}", to_text(socket.local_endpoint()));
        return socket;
    } catch (const net::system_error& error) {
        cannot_listen(where, error);
    }
}

net::udp_socket open_udp(net::network& network, const net::udp::endpoint& peer)
{
    return network.bind_udp({peer.protocol(), 0});
}

net::udp::endpoint udp_peer(net::network& network, const client_options& options)
{
    return {network.resolve(options.host), options.port};
}

} // namespace badwire::apps
