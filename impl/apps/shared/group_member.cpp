#include "impl/apps/shared/group_member.hpp"

#include <boost/asio/redirect_error.hpp>

#include "impl/base/address.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

using net::asio::redirect_error;
using net::asio::use_awaitable;

namespace {

constexpr const char* advice = "give --interface an address of this machine whose interface "
                               "carries multicast, such as --interface 127.0.0.1";

net::asio::ip::address_v4 address(const std::string& text)
{
    return net::asio::ip::make_address_v4(text); // the parser of options has checked it
}

} // namespace

net::udp::endpoint group_of(const group_options& options)
{
    return {address(options.group), options.port};
}

net::udp_socket join_group(net::network& network, const group_options& options)
{
    try {
        net::udp_socket socket =
            network.join({address(options.group), options.port, address(options.interface)});
        network.console().say("listening on {}", to_text(socket.local_endpoint()));
        return socket;
    } catch (const net::system_error& error) {
        if (network.stopped()) throw;
        throw net::failure(fmt::format("cannot join {} on interface {}: {}; {}",
                                       to_text(group_of(options)), options.interface,
                                       error.code().message(), advice));
    }
}

net::udp_socket open_group_sender(net::network& network, const group_options& options)
{
    try {
        return network.open_multicast_sender(address(options.interface));
    } catch (const net::system_error& error) {
        if (network.stopped()) throw;
        throw net::failure(fmt::format("cannot send through interface {}: {}; {}",
                                       options.interface, error.code().message(), advice));
    }
}

group_member become_member(net::network& network, const group_options& options)
{
    net::udp_socket heard = join_group(network, options);
    const net::udp::endpoint group = heard.local_endpoint();
    return {std::move(heard), open_group_sender(network, options), group};
}

net::awaitable<void> send_to_group(net::udp_socket& sender, std::string_view text,
                                   const net::udp::endpoint& group)
{
    net::error_code failed;
    co_await sender.async_send_to(net::asio::buffer(text), group,
                                  redirect_error(use_awaitable, failed));
    if (net::means_closed(failed)) throw net::system_error(failed);
    if (failed)
        throw net::failure(
            fmt::format("cannot send to {}: {}; {}", to_text(group), failed.message(), advice));
}

net::awaitable<std::string> hear(net::console& console, net::udp_socket& socket, std::size_t limit,
                                 net::udp::endpoint& from)
{
    std::string text;
    for (;;) {
        text.resize(limit + 1); // one more than is allowed, so that longer ones are noticed
        text.resize(co_await socket.async_receive_from(net::asio::buffer(text), from));
        if (text.size() <= limit) co_return text;
        console.complain("a datagram from {} is longer than the {} bytes that are allowed: ignored",
                         to_text(from), limit);
    }
}

} // namespace badwire::apps
