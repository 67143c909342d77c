// datagram-receiver-sender, datagram-sender-receiver (course 3.2): one datagram each way.
#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/base/address.hpp"
#include "impl/base/bytes.hpp"
#include "impl/talk/stream.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

constexpr std::uint16_t datagram_duplex_port = 6000;
constexpr std::size_t datagram_duplex_bytes_max = 60;

struct receiver_sender_options : server_options {
    std::string reply = "Hello back to sender!";
};

net::awaitable<void> receiver_sender(net::network& network, receiver_sender_options options)
{
    net::udp_socket socket = listen_udp(network, options);
    allow(socket, options.timeout);

    net::udp::endpoint sender;
    const std::string message =
        co_await talk::receive_datagram(socket, datagram_duplex_bytes_max, sender);
    network.console().say("Message received: {}", wire::printable(message));
    network.console().say("From: {}", to_text(sender));

    co_await talk::send_datagram(socket, as_bytes(options.reply), sender);
    network.metrics().add("messages");
    network.metrics().add("received_bytes", static_cast<std::int64_t>(message.size()));
    network.metrics().add("sent_bytes", static_cast<std::int64_t>(options.reply.size()));
}

struct sender_receiver_options : client_options {
    std::string message = "Hello Receiver-Sender!";
};

net::awaitable<void> sender_receiver(net::network& network, sender_receiver_options options)
{
    const net::udp::endpoint peer = udp_peer(network, options);
    net::udp_socket socket = open_udp(network, peer);
    const net::time_point begin = network.now();
    co_await talk::send_datagram(socket, as_bytes(options.message), peer);

    // The answer comes back to the port that sent the message.
    allow(socket, options.timeout);
    net::udp::endpoint sender;
    const std::string reply =
        co_await talk::receive_datagram(socket, datagram_duplex_bytes_max, sender);
    network.console().say("Reply received: {}", wire::printable(reply));
    network.metrics().add("messages");
    network.metrics().add("sent_bytes", static_cast<std::int64_t>(options.message.size()));
    network.metrics().add("received_bytes", static_cast<std::int64_t>(reply.size()));
    network.metrics().set("rtt_ms", network.now() - begin);
}

} // namespace

std::vector<program> datagram_duplex_programs()
{
    return {
        entry<receiver_sender_options>(
            {"datagram-receiver-sender", "3.2", "Receives a datagram and answers it.",
             role::server},
            {{.port = datagram_duplex_port}},
            [](option_parser& parser, receiver_sender_options& options) {
                parser.server(options, "a datagram");
                parser.text("--reply", options.reply, "What to answer, at most 60 bytes",
                            datagram_duplex_bytes_max);
            },
            receiver_sender),
        entry<sender_receiver_options>(
            {"datagram-sender-receiver", "3.2", "Sends a datagram and waits for the answer.",
             role::client},
            {{.port = datagram_duplex_port, .timeout = std::chrono::seconds(10)}},
            [](option_parser& parser, sender_receiver_options& options) {
                parser.client(options, "the answer");
                parser.text("--message", options.message, "What to send, at most 60 bytes",
                            datagram_duplex_bytes_max);
            },
            sender_receiver),
    };
}

} // namespace badwire::apps
