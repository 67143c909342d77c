// stream-server (course Q4): streams the files of a folder over datagrams, to many clients at once.
//
// A request is answered on the wire it came on. Classic: 1000 to 2000 bytes at a time, the size
// drawn anew for each, and __STREAM_END__. Framed: the same, numbered and with checksums; a client
// that has fallen silent gets nothing more.
#include <algorithm>
#include <deque>
#include <map>

#include <boost/asio/redirect_error.hpp>

#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/file_transfer.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/base/address.hpp"
#include "impl/base/bytes.hpp"
#include "impl/talk/mailbox.hpp"
#include "impl/talk/stream.hpp"
#include "impl/talk/task_scope.hpp"
#include "impl/wire/media_frames.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

using net::asio::redirect_error;
using net::asio::use_awaitable;

namespace {

constexpr std::size_t streams_at_once = 256;
constexpr std::size_t sessions_remembered = 1024;
constexpr std::size_t waiting_max = 1024; // datagrams that the socket does not take yet
// An end is sent again after the first interval, then twice as long each time, up to the longest.
constexpr net::duration end_interval_first = std::chrono::milliseconds(200);
constexpr net::duration end_interval_most = std::chrono::seconds(1);

struct stream_server_options : server_options {
    std::string dir = ".";
    wire_format wire = wire_format::framed;
    net::duration pause = std::chrono::milliseconds(10);
};

// Shared by the coroutine that sends the stream and the one that hears from its client.
struct active_stream {
    net::udp::endpoint client;
    std::optional<std::uint32_t> session; // nothing on the classic wire
    std::string name;
    std::unique_ptr<std::istream> file;
    net::random_source random;
    net::timer pace;
    net::time_point heard;                     // when the client was heard
    bool over = false;                         // the client wants no more of it
    std::optional<std::uint32_t> arrived = {}; // units, as the client's bye says
};

struct outgoing {
    net::udp::endpoint to;
    std::vector<std::byte> bytes; // empty: no more will come
};

class stream_server {
public:
    stream_server(net::network& network, const stream_server_options& options)
        : network_(network),
          options_(options),
          socket_(listen_udp(network, options)),
          outbox_(network),
          tasks_(network, [this] { stop_all(); })
    {
    }

    // Throws when the program was stopped, but not before the last stream has ended.
    net::awaitable<void> run()
    {
        tasks_.spawn(transmit());
        co_await tasks_.run(listen());
    }

private:
    using shared_stream = std::shared_ptr<active_stream>;
    using datagram = std::vector<std::byte>;

    net::awaitable<void> listen()
    {
        datagram received(wire::datagram_size_max);
        net::udp::endpoint from;
        for (;;) {
            const std::size_t size =
                co_await socket_.async_receive_from(net::asio::buffer(received), from);
            datagram reply = take(std::span(received).first(size), from);
            if (!reply.empty() && waiting_ < waiting_max) put(from, std::move(reply));
        }
    }

    // A socket sends one datagram at a time, whichever client it is for. A datagram that cannot be
    // sent counts as lost in the network.
    net::awaitable<void> transmit()
    {
        net::error_code error;
        for (;;) {
            const auto next = co_await outbox_.next();
            if (!next || next->bytes.empty()) co_return;
            co_await socket_.async_send_to(net::asio::buffer(next->bytes), next->to,
                                           redirect_error(use_awaitable, error));
            --waiting_;
        }
    }

    void put(const net::udp::endpoint& to, datagram bytes)
    {
        ++waiting_;
        outbox_.put({to, std::move(bytes)});
    }

    datagram take(std::span<const std::byte> bytes, const net::udp::endpoint& from)
    {
        if (options_.wire == wire_format::framed) {
            if (const auto frame = wire::decode_frame(wire::media_letter, bytes))
                return take_frame(*frame, from);
            if (wire::was_frame(wire::media_letter, bytes)) {
                network_.metrics().add("corrupt");
                return {};
            }
        }
        const std::string name(as_text(bytes));
        const auto running = active_.find(from);
        if (running != active_.end() && !running->second->session && running->second->name == name)
            return {}; // a copy made by the network
        const std::string problem = begin(from, std::nullopt, name);
        const auto refusal = as_bytes(wire::classic_stream_not_found);
        return problem.empty() ? datagram() : datagram(refusal.begin(), refusal.end());
    }

    datagram take_frame(const wire::frame& frame, const net::udp::endpoint& from)
    {
        const auto running = active_.find(from);
        const bool known = running != active_.end() && running->second->session == frame.session;
        if (known) running->second->heard = network_.now();
        const auto report = wire::decode_report(frame);
        switch (static_cast<wire::media_kind>(frame.kind)) {
        case wire::media_kind::ask: break;
        case wire::media_kind::bye:
            if (!known || !report) return {};
            running->second->arrived = *report;
            stop(*running->second);
            return {};
        default: return {};
        }
        if (known || has_ended(from, frame.session)) return {}; // asked again on the way
        const std::string problem = begin(from, frame.session, as_text(frame.payload));
        if (problem.empty()) return {};
        return wire::encode_media(wire::media_kind::refuse, frame.session, 0, as_bytes(problem));
    }

    // Starts a stream, or says why not.
    std::string begin(const net::udp::endpoint& to, std::optional<std::uint32_t> session,
                      std::string_view name)
    {
        std::string problem;
        const auto running = active_.find(to);
        try {
            if (running == active_.end() && active_.size() >= streams_at_once)
                throw net::failure(
                    fmt::format("there are {} streams already; try again later", streams_at_once));
            auto file = open_offered(network_, options_.dir, std::string(name));
            if (running != active_.end()) stop(*running->second); // the client wants another now
            const shared_stream stream(new active_stream{
                to, session, std::string(name), std::move(file),
                net::random_source(network_.random()()), network_.make_timer(), network_.now()});
            active_.insert_or_assign(to, stream);
            tasks_.spawn(talk::telling_failure(network_, serve(stream)));
        } catch (const net::failure& failure) {
            problem = failure.what();
            network_.metrics().add("refused");
            network_.console().complain("client {} not served: {}: {}", to_text(to),
                                        wire::printable(name.substr(0, wire::media_name_size_max)),
                                        wire::printable(problem));
        }
        return problem;
    }

    static void stop(active_stream& stream)
    {
        stream.over = true;
        stream.pace.cancel();
    }

    void stop_all()
    {
        for (const auto& [client, stream] : active_) stop(*stream);
        outbox_.put({});
        socket_.close();
    }

    bool has_ended(const net::udp::endpoint& from, std::uint32_t session) const
    {
        return std::find(ended_.begin(), ended_.end(), std::pair(from, session)) != ended_.end();
    }

    net::awaitable<void> serve(shared_stream stream)
    {
        co_await talk::finally(send(*stream), [&] { forget(stream); });
    }

    void forget(const shared_stream& stream)
    {
        const auto running = active_.find(stream->client);
        if (running != active_.end() && running->second == stream) active_.erase(running);
        if (stream->session) {
            ended_.emplace_back(stream->client, *stream->session);
            if (ended_.size() > sessions_remembered) ended_.pop_front();
        }
    }

    net::awaitable<void> send(active_stream& stream)
    {
        constexpr net::duration retry = std::chrono::milliseconds(1);
        datagram piece(wire::media_unit_size_max);
        wire::sha256 digest;
        std::uint64_t offset = 0;
        std::uint32_t unit = 0;
        net::time_point due = network_.now();
        while (!is_over(stream)) {
            constexpr std::uint64_t sizes =
                wire::media_unit_size_max - wire::media_unit_size_min + 1;
            const std::size_t wanted = wire::media_unit_size_min + stream.random.below(sizes);
            const std::size_t size = read_from(*stream.file, std::span(piece).first(wanted));
            if (size == 0) break;
            const auto contents = std::span<const std::byte>(piece).first(size);
            digest.update(contents);
            put(stream.client, pack(stream, unit, offset, contents));
            network_.metrics().add("datagrams");
            network_.metrics().add("sent_bytes", static_cast<std::int64_t>(size));
            ++unit;
            offset += size;
            due = std::max(due + options_.pause, network_.now()); // no burst after a delay
            co_await wait_until(stream, due);
            while (waiting_ >= waiting_max) co_await wait_until(stream, network_.now() + retry);
        }
        const bool complete = !is_over(stream) && stream.file->eof();
        if (complete) {
            const datagram end = pack_end(stream, unit, {offset, digest.finish()});
            co_await put_end(stream, end);
        }
        report(stream, complete, unit, offset);
    }

    datagram pack(const active_stream& stream, std::uint32_t unit, std::uint64_t offset,
                  std::span<const std::byte> contents) const
    {
        if (!stream.session) return datagram(contents.begin(), contents.end());
        return wire::encode_media(
            wire::media_kind::data, *stream.session, unit,
            wire::encode(wire::media_unit{unit * options_.pause, offset, contents}));
    }

    static datagram pack_end(const active_stream& stream, std::uint32_t units,
                             const wire::media_end& end)
    {
        const auto classic = as_bytes(wire::classic_stream_end);
        if (!stream.session) return datagram(classic.begin(), classic.end());
        return wire::encode_media(wire::media_kind::end, *stream.session, units, wire::encode(end));
    }

    // Sent once on the classic wire, which has no answer to it; else until it is answered.
    net::awaitable<void> put_end(active_stream& stream, const datagram& end)
    {
        net::duration interval = end_interval_first;
        do {
            put(stream.client, end);
            if (!stream.session) co_return;
            co_await wait_until(stream, network_.now() + interval);
            interval = std::min(2 * interval, end_interval_most);
        } while (!is_over(stream));
    }

    net::awaitable<void> wait_until(active_stream& stream, net::time_point when)
    {
        net::error_code cancelled;
        stream.pace.expires_at(when);
        co_await stream.pace.async_wait(redirect_error(use_awaitable, cancelled));
        if (network_.stopped()) throw net::system_error(net::asio::error::operation_aborted);
    }

    // Whether its client wants no more of it, which a classic client cannot say.
    bool is_over(const active_stream& stream) const
    {
        const bool gone = stream.session && options_.timeout > net::duration::zero() &&
                          network_.now() - stream.heard >= options_.timeout;
        return stream.over || gone;
    }

    void report(const active_stream& stream, bool complete, std::uint32_t units,
                std::uint64_t bytes)
    {
        const std::string client = to_text(stream.client);
        const std::string name = wire::printable(stream.name);
        network_.metrics().add(complete ? "files" : "abandoned_files");
        if (!complete)
            return network_.console().say("{}: stopped {} after {} bytes: the client {}", client,
                                          name, bytes, stream.over ? "has left" : "is silent");
        const std::string arrived =
            stream.arrived ? fmt::format("; {} arrived", *stream.arrived)
                           : (stream.session ? "; the client did not confirm the end" : "");
        network_.console().say("{}: streamed {} ({} bytes, {} datagrams{})", client, name, bytes,
                               units, arrived);
    }

    net::network& network_;
    const stream_server_options& options_;
    net::udp_socket socket_;
    talk::mailbox<outgoing> outbox_;
    std::size_t waiting_ = 0; // datagrams in it
    talk::task_scope tasks_;  // sending, and each stream
    std::map<net::udp::endpoint, shared_stream> active_;
    std::deque<std::pair<net::udp::endpoint, std::uint32_t>> ended_;
};

net::awaitable<void> run_stream_server(net::network& network, stream_server_options options)
{
    stream_server server(network, options);
    co_await server.run();
}

} // namespace

std::vector<program> stream_server_programs()
{
    return {entry<stream_server_options>(
        {"stream-server", "Q4", "Streams the files of a folder, to many clients at once.",
         role::server, serves_for_ever},
        {{.port = 45300, .timeout = std::chrono::seconds(5)}},
        [](option_parser& parser, stream_server_options& options) {
            parser.server(options, "a framed client's next sign of life");
            parser.text("--dir", options.dir, "Folder whose files are offered");
            parser.wire(options.wire,
                        "classic: the course's own bytes only; framed: both, as the client begins");
            parser.duration("--pause", options.pause,
                            "Pause after each datagram of 1000 to 2000 bytes");
            parser.explain("At most 256 streams at once; further clients are refused. A classic "
                           "client that is gone gets its file to the end: it cannot be told.");
        },
        run_stream_server)};
}

} // namespace badwire::apps
