// tcp-ftp-server (course Q1a): receives files over connections, from many senders at once. A file
// that stands under its name is whole as far as the sender's wire can tell: always, on the framed
// wire.
#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/ftp.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/apps/shared/serve_each.hpp"
#include "impl/base/bytes.hpp"
#include "impl/talk/classic_reader.hpp"
#include "impl/talk/frame_reader.hpp"
#include "impl/wire/text.hpp"
#include "impl/wire/window_receiver.hpp"

namespace badwire::apps {

namespace {

struct received_file {
    std::string name;
    std::uint64_t bytes = 0;
};

// The course's way: every unit is answered, and the first that reads __END__ is the end.
net::awaitable<received_file> receive_classic(net::network& network, net::tcp_stream& client,
                                              const ftp_server_options& options, std::string begun)
{
    received_file file;
    file.name = co_await talk::read_classic_name(client, begun);
    const auto incoming = network.files().receive_into(options.dir, file.name);
    talk::classic_unit_reader units(client);
    for (;;) {
        allow(client, options.timeout);
        std::string unit = co_await units.next();
        // At the end of the connection, the last unit and the end may have come in one piece.
        const bool end =
            units.ended() ? unit.ends_with(wire::classic_end) : unit == wire::classic_end;
        if (units.ended() && !end)
            throw net::failure(fmt::format("{} closed the connection before {}",
                                           talk::peer_of(client), wire::classic_end));
        if (end) unit.resize(unit.size() - wire::classic_end.size());
        incoming->write(unit);
        file.bytes += unit.size();
        if (end) break;
        network.metrics().add("units");
        co_await talk::write_text(client, wire::classic_ack);
    }
    incoming->commit();
    co_return file;
}

// Gives a frame to the receiver, and its answer to the sender.
net::awaitable<void> answer_upload(net::tcp_stream& client, wire::window_receiver& receiver,
                                   const wire::transfer_datagram& frame)
{
    std::vector<std::byte> reply;
    receiver.on_datagram(frame, reply);
    if (const auto decoded = wire::decode_transfer(reply))
        co_await talk::write_frame(client, decoded->kind, decoded->unit, decoded->payload);
}

net::awaitable<received_file> receive_framed(net::network& network, net::tcp_stream& client,
                                             const ftp_server_options& options, std::string begun)
{
    using state = wire::window_receiver::state;
    talk::frame_reader frames(client, begun);
    wire::transfer_datagram frame = co_await frames.expect();
    const auto open = wire::decode_open(frame.payload);
    if (frame.kind != wire::datagram_kind::open || !open)
        throw net::failure("its announcement makes no sense");

    std::unique_ptr<file_sink> sink;
    std::string refused;
    try {
        sink = std::make_unique<file_sink>(network.files().receive_into(options.dir, open->name));
    } catch (const net::failure& failure) {
        refused = failure.what();
    }
    if (!sink) {
        co_await talk::write_frame(client, wire::datagram_kind::refuse, 0, as_bytes(refused));
        throw net::failure(refused);
    }
    wire::window_receiver receiver(*open, std::move(sink));
    while (receiver.now() == state::receiving) {
        co_await answer_upload(client, receiver, frame);
        if (receiver.now() != state::receiving) break;
        allow(client, options.timeout);
        frame = co_await frames.expect();
        network.metrics().add("units");
    }
    network.metrics().add("duplicates", receiver.duplicates());
    if (!receiver.problem().empty()) throw net::failure(receiver.problem());

    // The sender closes first: if we closed while it still sends, we would reset the connection and
    // it might not see the last acknowledgment.
    allow(client, options.timeout);
    while (co_await frames.next(frame) == talk::arrival::bytes)
        co_await answer_upload(client, receiver, frame);
    co_return received_file{open->name, receiver.received_bytes()};
}

net::awaitable<void> receive_file(net::network& network, net::tcp_stream client,
                                  const ftp_server_options& options)
{
    const std::string address = talk::peer_of(client);
    std::string problem;
    try {
        allow(client, options.timeout);
        const std::string begun = co_await talk::read_exactly(client, 4);
        const bool framed =
            options.wire == wire_format::framed && wire::has_transfer_magic(as_bytes(begun));
        received_file file;
        if (framed) file = co_await receive_framed(network, client, options, begun);
        else file = co_await receive_classic(network, client, options, begun);
        network.metrics().add("files");
        network.metrics().add("received_bytes", static_cast<std::int64_t>(file.bytes));
        network.console().say("received {} ({} bytes)", wire::printable(net::base_name(file.name)),
                              file.bytes);
        co_return;
    } catch (const net::failure& failure) {
        if (network.stopped()) throw;
        problem = failure.what();
    }
    network.metrics().add("failed_files");
    network.console().complain("badwire tcp-ftp-server: a file from {} not received: {}", address,
                               wire::printable(problem));
    if (options.once) throw net::failure("the one transfer failed");
}

net::awaitable<void> tcp_ftp_server(net::network& network, ftp_server_options options)
{
    net::tcp_listener listener = listen_tcp(network, options);
    if (options.once) {
        net::tcp_stream client = co_await accept(network, listener);
        co_await receive_file(network, std::move(client), options);
        co_return;
    }
    co_await serve_each(network, listener, {threads_or_processes_max}, [&](net::tcp_stream client) {
        return receive_file(network, std::move(client), options);
    });
}

} // namespace

std::vector<program> tcp_ftp_server_programs()
{
    return {entry<ftp_server_options>(
        {"tcp-ftp-server", "Q1a", "Receives files over connections.", role::server,
         serves_for_ever},
        {{.port = 45000, .timeout = ftp_server_patience}},
        [](option_parser& parser, ftp_server_options& options) {
            describe_ftp_server(parser, options, "the next unit of a file");
        },
        tcp_ftp_server)};
}

} // namespace badwire::apps
