// multicast-receiver, multicast-sender (course 5.1): one datagram to everybody who wants it.
#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/group_member.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/base/address.hpp"
#include "impl/talk/stream.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

constexpr std::uint16_t multicast_port = 5007;
constexpr std::size_t multicast_bytes_max = 100;

net::awaitable<void> multicast_receiver(net::network& network, group_options options)
{
    net::udp_socket socket = join_group(network, options);
    allow(socket, options.timeout);

    net::udp::endpoint sender;
    const std::string message =
        co_await talk::receive_datagram(socket, multicast_bytes_max, sender);
    network.console().say("Message received: {}", wire::printable(message));
    network.console().say("From: {}", to_text(sender));
    network.metrics().add("messages");
    network.metrics().add("received_bytes", static_cast<std::int64_t>(message.size()));
}

struct multicast_sender_options : group_options {
    std::string message = "Hello Multicast Group!";
};

net::awaitable<void> multicast_sender(net::network& network, multicast_sender_options options)
{
    net::udp_socket socket = open_group_sender(network, options);

    co_await send_to_group(socket, options.message, group_of(options));
    network.console().say("Message sent: {}", wire::printable(options.message));
    network.metrics().add("messages");
    network.metrics().add("sent_bytes", static_cast<std::int64_t>(options.message.size()));
}

} // namespace

std::vector<program> multicast_programs()
{
    return {
        entry<group_options>(
            {"multicast-receiver", "5.1", "Prints one datagram sent to a group.", role::peer,
             ends_by_itself, multicast},
            {.port = multicast_port},
            [](option_parser& parser, group_options& options) {
                parser.group(options, "a datagram");
            },
            multicast_receiver),
        entry<multicast_sender_options>(
            {"multicast-sender", "5.1", "Sends one datagram to a group.", role::client,
             ends_by_itself, multicast},
            {{.port = multicast_port}},
            [](option_parser& parser, multicast_sender_options& options) {
                parser.group(options);
                parser.text("--message", options.message, "What to send, at most 100 bytes",
                            multicast_bytes_max);
            },
            multicast_sender),
    };
}

} // namespace badwire::apps
