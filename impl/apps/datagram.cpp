// datagram-receiver, datagram-sender (course 3.1): one datagram, no connection and no answer.
#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/base/address.hpp"
#include "impl/base/bytes.hpp"
#include "impl/talk/stream.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

constexpr std::uint16_t datagram_port = 5000;
constexpr std::size_t datagram_bytes_max = 40;

net::awaitable<void> datagram_receiver(net::network& network, server_options options)
{
    net::udp_socket socket = listen_udp(network, options);
    allow(socket, options.timeout);

    net::udp::endpoint sender;
    const std::string message = co_await talk::receive_datagram(socket, datagram_bytes_max, sender);
    network.console().say("Message received: {}", wire::printable(message));
    network.console().say("From: {}", to_text(sender));
    network.metrics().add("messages");
    network.metrics().add("received_bytes", static_cast<std::int64_t>(message.size()));
}

struct datagram_sender_options : client_options {
    std::string message = "Hello Receiver!";
};

net::awaitable<void> datagram_sender(net::network& network, datagram_sender_options options)
{
    const net::udp::endpoint receiver = udp_peer(network, options);
    net::udp_socket socket = open_udp(network, receiver);

    co_await talk::send_datagram(socket, as_bytes(options.message), receiver);
    network.console().say("Message sent: {}", wire::printable(options.message));
    network.metrics().add("messages");
    network.metrics().add("sent_bytes", static_cast<std::int64_t>(options.message.size()));
}

} // namespace

std::vector<program> datagram_programs()
{
    return {
        entry<server_options>(
            {"datagram-receiver", "3.1", "Prints one datagram and who sent it.", role::server},
            {.port = datagram_port},
            [](option_parser& parser, server_options& options) {
                parser.server(options, "a datagram");
            },
            datagram_receiver),
        entry<datagram_sender_options>(
            {"datagram-sender", "3.1", "Sends one datagram.", role::client},
            {{.port = datagram_port}},
            [](option_parser& parser, datagram_sender_options& options) {
                parser.client(options);
                parser.text("--message", options.message, "What to send, at most 40 bytes",
                            datagram_bytes_max);
            },
            datagram_sender),
    };
}

} // namespace badwire::apps
