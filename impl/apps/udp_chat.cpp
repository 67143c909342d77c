// udp-chat (course Q5b): two equal peers write to each other in turn, over datagrams. Whoever types
// first begins.
//
// --wire classic  the course's own: each message is a datagram of plain text. One lost message, and
//                 both wait for each other for ever.
//        framed   numbered, acknowledged, sent again; a classic peer is recognised and answered in
//                 kind.
#include <boost/asio/redirect_error.hpp>

#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/base/address.hpp"
#include "impl/base/bytes.hpp"
#include "impl/base/units.hpp"
#include "impl/base/utf8.hpp"
#include "impl/talk/mailbox.hpp"
#include "impl/talk/task_scope.hpp"
#include "impl/talk/typist.hpp"
#include "impl/wire/datagram_channel.hpp"
#include "impl/wire/text.hpp"
#include "impl/wire/turns.hpp"

namespace badwire::apps {

namespace {

struct udp_chat_options : server_options {
    std::string peer = {};
    wire_format wire = wire_format::framed;
    net::duration give_up = std::chrono::seconds(30);
    wire::flaw flaw = wire::flaw::none;
};

struct chat_event {
    enum { typed, input_ended, end_requested, datagram } what;
    std::string text = {};
    net::udp::endpoint from = {};
};
using chat_events = talk::mailbox<chat_event>;

// The address of a peer must be one that datagrams can be sent to.
std::optional<host_and_port> parse_peer(std::string_view text)
{
    const auto peer = parse_host_and_port(text);
    return peer && peer->port != 0 && !peer->host.empty() ? peer : std::nullopt;
}

// Hears the peer until the socket is closed.
net::awaitable<void> receive(net::udp_socket& socket, chat_events& events)
{
    std::string datagram(wire::datagram_size_max, '\0');
    for (;;) {
        net::udp::endpoint from;
        net::error_code failed;
        const std::size_t size = co_await socket.async_receive_from(
            net::asio::buffer(datagram), from,
            net::asio::redirect_error(net::asio::use_awaitable, failed));
        if (net::means_closed(failed)) co_return;
        if (failed) throw net::system_error(failed);
        events.put({chat_event::datagram, datagram.substr(0, size), from});
    }
}

class udp_chat {
public:
    udp_chat(net::network& network, const udp_chat_options& options)
        : network_(network),
          options_(options),
          socket_(listen_udp(network, options)),
          events_(network),
          tasks_(network, [this] { close(); }),
          typist_(network, tasks_,
                  [this](std::optional<std::string> line) {
                      if (line) events_.put({chat_event::typed, std::move(*line)});
                      else events_.put({chat_event::input_ended});
                  }),
          channel_({.session = static_cast<std::uint32_t>(network.random()()),
                    .framed = options.wire == wire_format::framed,
                    .give_up = options.give_up,
                    .flaw = options.flaw})
    {
        if (const auto given = parse_peer(options.peer))
            peer_ = net::udp::endpoint(network.resolve(given->host), given->port);
        network.on_end_requested([this] { events_.put({chat_event::end_requested}); });
    }

    net::awaitable<void> run()
    {
        tasks_.spawn(receive(socket_, events_));
        co_await tasks_.run(chat());
    }

private:
    net::awaitable<void> chat()
    {
        while (!channel_.finished()) {
            speak();
            co_await flush();
            if (channel_.finished()) break;
            auto event = co_await events_.next(std::min(channel_.deadline(), reply_deadline_));
            if (event && is_stranger(*event)) co_await turn_away(*event);
            else if (event) take(*event);
            channel_.on_time(network_.now());
            tell();
            if (network_.now() >= reply_deadline_) problem_ = no_reply();
            if (!problem_.empty()) break;
        }
        co_await flush(); // the last message
        count();
        if (!problem_.empty()) throw net::failure(problem_);
    }

    void close()
    {
        network_.on_end_requested(nullptr);
        socket_.close();
        events_.close();
        network_.console().cancel_read();
    }

    // Sends what was typed, once it is our turn and the peer is known.
    void speak()
    {
        if (leaving_) return;
        if (turns_.wants_line()) typist_.ask();
        if (turns_.over()) return leave();
        if (!peer_) return;
        if (auto line = turns_.next_to_say()) {
            channel_.send(std::move(*line), network_.now());
            prompted_ = false;
            if (options_.timeout > net::duration::zero())
                reply_deadline_ = network_.now() + options_.timeout;
        }
        if (turns_.may_speak() && !std::exchange(prompted_, true))
            network_.console().prompt("You: ");
    }

    void leave()
    {
        leaving_ = true;
        reply_deadline_ = net::never;
        channel_.close(network_.now());
    }

    bool is_stranger(const chat_event& event) const
    {
        return event.what == chat_event::datagram && peer_ && event.from != *peer_;
    }

    net::awaitable<void> turn_away(const chat_event& stranger)
    {
        network_.metrics().add("strangers");
        const auto busy = wire::busy_answer(as_bytes(stranger.text));
        net::error_code ignored; // it may be gone
        if (busy && options_.wire == wire_format::framed)
            co_await socket_.async_send_to(
                net::asio::buffer(*busy), stranger.from,
                net::asio::redirect_error(net::asio::use_awaitable, ignored));
    }

    // A datagram that cannot be sent counts as lost in the network.
    net::awaitable<void> flush()
    {
        while (auto datagram = channel_.next_datagram()) {
            net::error_code ignored;
            if (peer_)
                co_await socket_.async_send_to(
                    net::asio::buffer(*datagram), *peer_,
                    net::asio::redirect_error(net::asio::use_awaitable, ignored));
        }
    }

    void take(const chat_event& event)
    {
        switch (event.what) {
        case chat_event::typed: return take_line(event.text);
        case chat_event::input_ended: return turns_.end_of_input();
        case chat_event::end_requested: return leave();
        case chat_event::datagram: break;
        }
        if (!peer_) peer_ = event.from; // no --peer: the first that writes
        channel_.on_datagram(as_bytes(event.text), network_.now());
    }

    void take_line(const std::string& line)
    {
        const std::size_t characters = count_characters(line);
        if (characters <= wire::chat_characters_max && line.size() <= wire::chat_bytes_max)
            return turns_.typed(line);
        network_.console().say("Not sent: it has {} characters, more than {}.", characters,
                               wire::chat_characters_max);
        prompted_ = false;
    }

    void tell()
    {
        for (const wire::channel_event& event : channel_.take_events()) switch (event.what) {
            case wire::channel_event::heard:
                network_.console().say("{}: {}", to_text(*peer_), wire::printable(event.text));
                reply_deadline_ = net::never;
                turns_.heard();
                break;
            case wire::channel_event::left:
                network_.console().say("{} has left.", to_text(*peer_));
                leave();
                break;
            case wire::channel_event::refused: network_.console().complain("{}", event.text); break;
            case wire::channel_event::lost: problem_ = event.text; break;
            }
    }

    std::string no_reply() const
    {
        return fmt::format("no message came for {} (--timeout sets how long to wait){}",
                           format_duration(options_.timeout),
                           channel_.classic() ? "; on the classic wire a lost message is not sent "
                                                "again, and neither side can tell"
                                              : "");
    }

    void count() const
    {
        const wire::channel_counters& counted = channel_.counters();
        net::metrics& metrics = network_.metrics();
        metrics.add("messages_sent", counted.messages_sent);
        metrics.add("messages_received", counted.messages_received);
        metrics.add("retransmissions", counted.retransmissions);
        metrics.add("duplicates", counted.duplicates);
        metrics.add("corrupt", counted.corrupt);
        metrics.add("foreign", counted.foreign);
        if (const auto srtt = channel_.rto().srtt()) metrics.set("srtt_ms", *srtt);
    }

    net::network& network_;
    udp_chat_options options_;
    net::udp_socket socket_;
    chat_events events_;
    talk::task_scope tasks_;
    talk::typist typist_;
    wire::datagram_channel channel_;
    wire::turn_taking turns_{wire::turn::anyones};
    std::optional<net::udp::endpoint> peer_;
    net::time_point reply_deadline_ = net::never;
    std::string problem_;
    bool prompted_ = false;
    bool leaving_ = false;
};

net::awaitable<void> run_udp_chat(net::network& network, udp_chat_options options)
{
    udp_chat chat(network, options);
    co_await chat.run();
}

void describe(option_parser& parser, udp_chat_options& options)
{
    parser.server(options, "the other side's message");
    parser.text("--peer", options.peer,
                "ADDRESS:PORT of the other side; without it, the first peer that writes");
    parser.wire(options.wire,
                "classic: plain text, where one lost message leaves both waiting; framed: "
                "numbered, acknowledged, sent again, and plain text to a classic peer");
    parser.duration("--give-up", options.give_up,
                    "How long to repeat a message that is not acknowledged");
    parser.flaw(options.flaw);
    parser.explain(
        "A message is a line of at most 1000 characters. Whoever types first begins; the "
        "next message may be sent after the reply. Ctrl+C or Ctrl+D ends.");
    parser.afterwards([&] {
        if (!options.peer.empty() && !parse_peer(options.peer))
            parser.reject("--peer " + options.peer +
                          ": expected ADDRESS:PORT, such as 127.0.0.1:46001");
    });
}

} // namespace

std::vector<program> udp_chat_programs()
{
    using enum wire::flaw;
    return {with_flaws(
        entry<udp_chat_options>(
            {"udp-chat", "Q5b", "Writes with an equal peer, in turn, over datagrams.", role::peer},
            {}, describe, run_udp_chat),
        {unchecked_ack, no_retransmission, duplicate_taken, awaits_last_word})};
}

} // namespace badwire::apps
