// tcp-ftp-client (course Q1a): sends a file over a connection, one unit at a time.
//
// --wire framed   numbered units and acknowledgments, length, checksum and the file's digest
//        classic  the course's own bytes: a late ACK makes a unit arrive twice, and a unit that
//                 reads __END__ ends the file
#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/file_transfer.hpp"
#include "impl/apps/shared/ftp.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/base/bytes.hpp"
#include "impl/talk/classic_reader.hpp"
#include "impl/talk/frame_reader.hpp"
#include "impl/talk/task_scope.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

struct tcp_ftp_client_options : client_options {
    std::string file = {};
    wire_format wire = wire_format::framed;
    std::int64_t unit = wire::classic_unit_max;
    std::int64_t retries = 5;
};

// Sends one unit until it is acknowledged, again at most --retries times.
net::awaitable<void> send_unit(net::network& network, net::tcp_stream& server,
                               const tcp_ftp_client_options& options, std::string_view unit)
{
    std::string answer;
    for (std::int64_t resent = 0; resent <= options.retries; ++resent) {
        if (resent > 0) network.metrics().add("retransmissions");
        allow(server, options.timeout);
        co_await talk::write_text(server, unit);
        network.metrics().add("sent_bytes", static_cast<std::int64_t>(unit.size()));
        if (co_await talk::read_classic_ack(server, answer)) {
            network.metrics().add("units");
            co_return;
        }
    }
    throw net::failure(
        fmt::format("a unit was sent {} times and never acknowledged", options.retries + 1));
}

// The course's way.
net::awaitable<void> send_classic(net::network& network, net::tcp_stream& server,
                                  const tcp_ftp_client_options& options, std::istream& file)
{
    const std::string name = wire::classic_name(net::base_name(options.file));
    co_await talk::write_text(server, name);
    std::vector<std::byte> unit(static_cast<std::size_t>(options.unit));
    while (const std::size_t size = read_from(file, unit)) {
        const std::string_view text = as_text(std::span(unit).first(size));
        if (text == wire::classic_end)
            network.console().complain("badwire tcp-ftp-client: a unit of {} reads {}; on the "
                                       "classic wire the copy will end there",
                                       wire::printable(options.file), wire::classic_end);
        co_await send_unit(network, server, options, text);
    }
    co_await talk::write_text(server, wire::classic_end);
    server.shutdown_send();
    // Closing before a late ACK is read would reset the connection, and the end would be lost.
    std::string late;
    allow(server, options.timeout);
    try {
        while (co_await talk::read_more(server, late, wire::classic_unit_max) ==
               talk::arrival::bytes) {}
    } catch (const net::failure&) {
        if (network.stopped()) throw;
    }
}

// Carries the state machine's datagrams as frames until it has finished.
net::awaitable<void> carry(net::network& network, net::tcp_stream& server,
                           const tcp_ftp_client_options& options, wire::window_sender& sender)
{
    talk::frame_reader frames(server);
    wire::transfer_datagram frame{};
    sender.start(network.now());
    for (;;) {
        allow(server, options.timeout);
        for (auto next = sender.next_datagram(); !next.empty(); next = sender.next_datagram()) {
            const auto unit = wire::decode_transfer(next);
            co_await talk::write_frame(server, unit->kind, unit->unit, unit->payload);
        }
        if (sender.finished()) co_return;
        server.expires_at(sender.deadline());
        const talk::arrival got = co_await frames.next(frame);
        if (got == talk::arrival::end)
            throw net::failure(
                fmt::format("{} closed the connection before the end", talk::peer_of(server)));
        if (got == talk::arrival::bytes) sender.on_answer(frame, network.now());
        sender.on_time(network.now());
    }
}

net::awaitable<void> send_framed(net::network& network, net::tcp_stream& server,
                                 const tcp_ftp_client_options& options, std::istream& file)
{
    // A connection loses nothing; the timer is for a receiver that does not answer.
    const net::duration patience =
        options.timeout > net::duration::zero() ? options.timeout : std::chrono::hours(24 * 365);
    wire::window_sender sender(
        {.session = 0,
         .retries = static_cast<int>(options.retries),
         .silence = {},
         .rto = {.initial = patience, .minimum = patience, .maximum = patience}},
        {static_cast<std::uint32_t>(options.unit), size_of(file), net::base_name(options.file)},
        source_of(file));
    co_await talk::finally(carry(network, server, options, sender),
                           [&] { count(network, sender); });
    if (!sender.problem().empty()) throw net::failure(sender.problem());
}

net::awaitable<void> tcp_ftp_client(net::network& network, tcp_ftp_client_options options)
{
    const auto file = network.files().open(options.file);
    const std::uint64_t size = size_of(*file);
    const std::string name = net::base_name(options.file);
    net::tcp_stream server = co_await connect(network, options);
    const net::time_point begin = network.now();
    try {
        if (options.wire == wire_format::classic)
            co_await send_classic(network, server, options, *file);
        else co_await send_framed(network, server, options, *file);
    } catch (const net::failure& failure) {
        if (network.stopped()) throw;
        throw net::failure(
            fmt::format("cannot send {}: {}", wire::printable(name), failure.what()));
    }
    report_sent(network, name, size, begin);
}

void describe(option_parser& parser, tcp_ftp_client_options& options)
{
    parser.text("FILE", options.file, "The file to send").required();
    parser.client(options, "an acknowledgment before a unit is sent again");
    parser.wire(options.wire, "classic: the course's own bytes; framed: numbered and checked");
    parser.number("--unit", options.unit, 1, wire::transfer_unit_size_max,
                  "Bytes per unit; at most 100 with --wire classic");
    parser.number("--retries", options.retries, 0, 1'000'000, "Times that a unit is sent again");
    parser.afterwards([&] {
        if (options.wire == wire_format::classic &&
            options.unit > std::int64_t{wire::classic_unit_max})
            parser.reject("--unit is at most 100 with --wire classic");
    });
}

} // namespace

std::vector<program> tcp_ftp_client_programs()
{
    return {entry<tcp_ftp_client_options>(
        {"tcp-ftp-client", "Q1a", "Sends a file over a connection, unit by unit.", role::client},
        {{.port = 45000, .timeout = std::chrono::seconds(2)}}, describe, tcp_ftp_client)};
}

} // namespace badwire::apps
