// udp-ftp-server (course Q1b): receives files over datagrams, from many senders at once. A file
// that stands under its name is always whole.
#include <boost/asio/redirect_error.hpp>

#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/ftp.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/base/address.hpp"
#include "impl/talk/task_scope.hpp"
#include "impl/wire/text.hpp"
#include "impl/wire/transfer_server.hpp"

namespace badwire::apps {

namespace {

// Tells people and the metrics how a transfer ended. True: its file is there.
bool report(net::network& network, const wire::transfer_event& event)
{
    const std::string name = net::base_name(event.name);
    network.metrics().add("received_bytes", static_cast<std::int64_t>(event.bytes));
    if (event.problem.empty()) {
        network.metrics().add("files");
        if (event.settled_goodput > 0)
            network.metrics().set("settled_goodput_bytes_per_s", event.settled_goodput);
        network.console().say("received {} ({} bytes)", wire::printable(name), event.bytes);
        return true;
    }
    network.metrics().add("failed_files");
    network.console().complain("badwire udp-ftp-server: {} from {} not received: {}",
                               wire::printable(event.name), to_text(event.sender),
                               wire::printable(event.problem));
    return false;
}

// Carries datagrams to the state machines and their answers back.
net::awaitable<void> carry(net::network& network, net::udp_socket& socket,
                           wire::transfer_server& transfers, bool once)
{
    std::vector<std::byte> datagram(wire::datagram_size_max);
    net::udp::endpoint sender;
    net::error_code error;
    for (bool received = false; !(received && once) || transfers.lingering();) {
        socket.expires_at(transfers.deadline());
        const std::size_t size = co_await socket.async_receive_from(
            net::asio::buffer(datagram), sender,
            net::asio::redirect_error(net::asio::use_awaitable, error));
        if (error && error != net::asio::error::timed_out) throw net::system_error(error);

        if (!error) {
            const auto reply =
                transfers.on_datagram(std::span(datagram).first(size), sender, network.now());
            if (!reply.empty()) // an answer that cannot be sent counts as lost
                co_await socket.async_send_to(
                    net::asio::buffer(reply.data(), reply.size()), sender,
                    net::asio::redirect_error(net::asio::use_awaitable, error));
        }
        transfers.on_time(network.now());
        for (const wire::transfer_event& event : transfers.take_events()) {
            const bool arrived = report(network, event);
            received = received || arrived;
            if (once && !received) throw net::failure("the one transfer failed");
        }
    }
}

struct udp_ftp_server_options : ftp_server_options {
    wire::flaw flaw = wire::flaw::none;
};

net::awaitable<void> udp_ftp_server(net::network& network, udp_ftp_server_options options)
{
    net::udp_socket socket = listen_udp(network, options);
    wire::transfer_server transfers({.idle = options.timeout,
                                     .framed = options.wire == wire_format::framed,
                                     .flaw = options.flaw},
                                    [&](const std::string& name) {
                                        return std::make_unique<file_sink>(
                                            network.files().receive_into(options.dir, name));
                                    });

    co_await talk::finally(carry(network, socket, transfers, options.once), [&] {
        network.metrics().add("duplicates", transfers.duplicates());
        network.metrics().add("corrupt", transfers.corrupt());
    });
}

} // namespace

std::vector<program> udp_ftp_server_programs()
{
    using enum wire::flaw;
    return {with_flaws(entry<udp_ftp_server_options>(
                           {"udp-ftp-server", "Q1b", "Receives files over datagrams.", role::server,
                            serves_for_ever},
                           {{{.port = 45010, .timeout = ftp_server_patience}}},
                           [](option_parser& parser, udp_ftp_server_options& options) {
                               describe_ftp_server(parser, options,
                                                   "more of a file that has begun");
                               parser.flaw(options.flaw);
                           },
                           udp_ftp_server),
                       {duplicate_taken, last_ack_not_repeated, one_buffer_for_all})};
}

} // namespace badwire::apps
