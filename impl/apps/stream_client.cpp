// stream-client (course Q4): receives a stream, and plays it while it arrives.
//
// --wire framed   numbered datagrams: what was lost, reordered, doubled or damaged is counted and
//                 stays lost, a gap is as long as what is missing, the end cannot be missed
//        classic  the course's own bytes: what is lost is missing unseen, and a lost end looks like
//                 a stream that broke off
#include <boost/asio/redirect_error.hpp>

#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/file_transfer.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/apps/shared/stream_delivery.hpp"
#include "impl/base/address.hpp"
#include "impl/base/bytes.hpp"
#include "impl/base/units.hpp"
#include "impl/talk/stream.hpp"
#include "impl/talk/task_scope.hpp"
#include "impl/wire/media_receiver.hpp"
#include "impl/wire/text.hpp"
#include "impl/wire/words.hpp"

namespace badwire::apps {

using net::asio::redirect_error;
using net::asio::use_awaitable;

namespace {

struct stream_client_options : client_options {
    std::string name = {};
    wire_format wire = wire_format::framed;
    delivery_options delivery = {};
    // As given, before they are checked together:
    std::string player = {};
    std::int64_t play_after_bytes = 50'000;
    std::int64_t rate_bytes_per_s = 0;
};

class stream_client {
public:
    stream_client(net::network& network, const stream_client_options& options)
        : network_(network),
          options_(options),
          server_(udp_peer(network, options)),
          socket_(open_udp(network, server_)),
          tasks_(network, [this] { end(); }),
          delivery_(network, tasks_, options.delivery)
    {
    }

    net::awaitable<void> run()
    {
        co_await tasks_.run(receive());
        if (network_.stopped()) throw net::system_error(net::asio::error::operation_aborted);
    }

private:
    // The stream is over; the player may go on for a while.
    void end()
    {
        if (!network_.stopped()) delivery_.report();
        delivery_.end_player();
    }

    // The next datagram of the server; nothing once the deadline has passed.
    net::awaitable<std::optional<std::span<const std::byte>>> next(net::time_point deadline)
    {
        net::udp::endpoint from;
        net::error_code error;
        for (;;) {
            socket_.expires_at(deadline);
            const std::size_t size = co_await socket_.async_receive_from(
                net::asio::buffer(received_), from, redirect_error(use_awaitable, error));
            if (error == net::asio::error::timed_out) co_return std::nullopt;
            if (error) throw net::system_error(error);
            if (from == server_) co_return std::span<const std::byte>(received_).first(size);
            network_.metrics().add("strangers");
        }
    }

    net::awaitable<void> receive()
    {
        if (options_.wire == wire_format::classic) co_await receive_classic();
        else co_await receive_framed();
    }

    net::awaitable<void> receive_classic()
    {
        co_await talk::send_datagram(socket_, as_bytes(options_.name), server_);
        std::uint64_t bytes = 0;
        for (std::int64_t datagrams = 0;; ++datagrams) {
            const net::time_point deadline = options_.timeout > net::duration::zero()
                                                 ? network_.now() + options_.timeout
                                                 : net::never;
            const auto datagram = co_await next(deadline);
            if (!datagram) {
                delivery_.finish(bytes);
                fail(bytes, fmt::format("{} for {} (--timeout sets how long to wait); the {} may "
                                        "have been lost",
                                        datagrams > 0 ? "nothing more came" : "no answer came",
                                        format_duration(options_.timeout),
                                        datagrams > 0 ? "end" : "request"));
            }
            const std::string_view text = as_text(*datagram);
            if (datagrams == 0 && text == wire::classic_stream_not_found)
                fail(0, "the server answered " + std::string(text));
            if (text == wire::classic_stream_end) break;
            delivery_.take(bytes, *datagram);
            bytes += datagram->size();
            network_.metrics().add("datagrams");
            network_.metrics().add("received_bytes", static_cast<std::int64_t>(datagram->size()));
            delivery_.advance(bytes);
        }
        delivery_.finish(bytes);
        commit(bytes);
    }

    net::awaitable<void> receive_framed()
    {
        wire::media_receiver receiver({.session = static_cast<std::uint32_t>(network_.random()()),
                                       .name = options_.name,
                                       .silence = options_.timeout});
        co_await talk::finally(carry(receiver), [&] { count(receiver); });
        delivery_.finish(receiver.playable_bytes());
        judge(receiver);
    }

    // Carries the state machine's datagrams until it has finished.
    net::awaitable<void> carry(wire::media_receiver& receiver)
    {
        net::error_code ignored; // a datagram that cannot be sent counts as lost
        receiver.start(network_.now());
        for (;;) {
            while (const auto datagram = receiver.next_datagram())
                co_await socket_.async_send_to(net::asio::buffer(*datagram), server_,
                                               redirect_error(use_awaitable, ignored));
            if (receiver.finished()) break;
            const auto datagram = co_await next(receiver.deadline());
            if (datagram) {
                const auto unit = receiver.on_datagram(*datagram, network_.now());
                if (unit) delivery_.take(unit->offset, unit->contents);
                delivery_.advance(receiver.playable_bytes());
            }
            receiver.on_time(network_.now());
        }
    }

    void count(const wire::media_receiver& receiver)
    {
        const wire::media_counters& counted = receiver.counters();
        net::metrics& metrics = network_.metrics();
        metrics.add("asks", counted.asks);
        metrics.add("datagrams", counted.received);
        metrics.add("received_bytes", counted.received_bytes);
        metrics.add("lost", receiver.lost());
        metrics.add("reordered", counted.reordered);
        metrics.add("duplicates", counted.duplicates);
        metrics.add("corrupt", counted.corrupt);
        metrics.add("foreign", counted.foreign);
        metrics.set("jitter_ms", receiver.jitter());
    }

    void judge(const wire::media_receiver& receiver)
    {
        const auto bytes = static_cast<std::uint64_t>(receiver.counters().received_bytes);
        const wire::media_counters& counted = receiver.counters();
        if (receiver.end() || receiver.units() > 0)
            network_.console().say(
                "{} of {} datagrams arrived: {} lost, {} reordered, {} duplicates, "
                "{} damaged",
                counted.received, receiver.units(), receiver.lost(), counted.reordered,
                counted.duplicates, counted.corrupt);
        if (!receiver.problem().empty()) fail(bytes, receiver.problem());
        const wire::media_end& end = *receiver.end();
        if (receiver.lost() > 0) {
            network_.metrics().set("lost_bytes", static_cast<double>(end.file_size - bytes));
            return network_.console().say("received {} to its end; {} of its {} bytes are missing, "
                                          "with zeros in their place, so it stays {}",
                                          wire::printable(options_.name), end.file_size - bytes,
                                          end.file_size, delivery_.partial());
        }
        if (delivery_.digest() != end.digest)
            fail(bytes, "what arrived is not what was sent: the digests differ");
        commit(bytes);
    }

    void commit(std::uint64_t bytes)
    {
        delivery_.commit();
        network_.metrics().add("files");
        network_.console().say("received {} ({} bytes) as {}", wire::printable(options_.name),
                               bytes, wire::printable(options_.delivery.out));
    }

    [[noreturn]] void fail(std::uint64_t bytes, const std::string& why) const
    {
        const std::string kept =
            bytes > 0 ? fmt::format("; {} bytes arrived and are in {}", bytes, delivery_.partial())
                      : "";
        throw net::failure(fmt::format("cannot stream {} from {}: {}{}",
                                       wire::printable(options_.name), to_text(server_), why,
                                       kept));
    }

    net::network& network_;
    const stream_client_options& options_;
    net::udp::endpoint server_;
    net::udp_socket socket_;
    talk::task_scope tasks_;
    stream_delivery delivery_;
    std::vector<std::byte> received_ = std::vector<std::byte>(wire::datagram_size_max);
};

net::awaitable<void> run_stream_client(net::network& network, stream_client_options options)
{
    stream_client client(network, options);
    co_await client.run();
}

void describe(option_parser& parser, stream_client_options& options)
{
    constexpr std::int64_t bytes_max = std::int64_t{1} << 40;
    parser.text("NAME", options.name, "The file to stream").required();
    parser.text("--out", options.delivery.out, "Where to put it; received/NAME if not given");
    parser.client(options, "the server's next datagram");
    parser.wire(options.wire,
                "classic: the course's own bytes; framed: numbered and with checksums, so that "
                "what the network did is known");
    parser.text("--player", options.player,
                "Program to play it with while it arrives, as one argument: fed through its "
                "standard input if one of its words is - (\"aplay -\"), else given the path of the "
                "growing file as its last word; no shell reads it");
    parser.number("--play-after", options.play_after_bytes, 0, bytes_max,
                  "Bytes that must be there before a player starts, or goes on after a stall");
    parser.number("--rate", options.rate_bytes_per_s, 0, bytes_max,
                  "Bytes a second that a player plays, to tell the stalls; 0: as the header of a "
                  "WAV file says");
    parser.explain(
        "What arrives is in OUT.part and becomes OUT once it is whole. On the framed wire a stream "
        "with gaps stays OUT.part: what was lost is zeros there. A player that stops at the end of "
        "what has arrived is better fed: \"mpv -\", \"aplay -\", \"sox -t wav - -d\". The client "
        "ends once its player has. Exit status 0 if the stream came to its end, 1 otherwise.");
    parser.afterwards([&] {
        if (options.name.empty() || options.name.size() > wire::media_name_size_max)
            parser.reject(fmt::format("NAME has {} bytes; 1 to {} are allowed", options.name.size(),
                                      wire::media_name_size_max));
        choose_place(parser, options.name, options.delivery.out);
        const auto words = wire::split_words(options.player);
        if (!words)
            parser.reject("--player " + options.player + ": a quotation mark has no counterpart");
        options.delivery.player = *words;
        options.delivery.play_after_bytes = static_cast<std::uint64_t>(options.play_after_bytes);
        options.delivery.bytes_per_s = static_cast<double>(options.rate_bytes_per_s);
    });
}

} // namespace

std::vector<program> stream_client_programs()
{
    return {entry<stream_client_options>(
        {"stream-client", "Q4", "Receives a stream, and plays it while it arrives.", role::client},
        {{.port = 45300, .timeout = std::chrono::seconds(5)}}, describe, run_stream_client)};
}

} // namespace badwire::apps
