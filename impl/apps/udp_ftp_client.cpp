// udp-ftp-client (course Q1b): sends a file over datagrams.
//
// --mode lines             the course's classic wire: a line per datagram, nothing acknowledged
//        stop-and-wait     the framed wire: one unit at a time, repeated until acknowledged
//        go-back-n         a window of units; after a loss all of them are sent again
//        selective-repeat  a window of units; what was lost is sent again
#include <iterator>

#include <boost/asio/redirect_error.hpp>

#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/file_transfer.hpp"
#include "impl/apps/shared/ftp.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/base/address.hpp"
#include "impl/base/bytes.hpp"
#include "impl/talk/stream.hpp"
#include "impl/talk/task_scope.hpp"
#include "impl/wire/lines.hpp"
#include "impl/wire/text.hpp"
#include "impl/wire/window_sender.hpp"

namespace badwire::apps {

namespace {

enum class mode { lines, stop_and_wait, go_back_n, selective_repeat };

struct udp_ftp_client_options : client_options {
    std::string file = {};
    apps::mode mode = mode::stop_and_wait;
    wire_format wire = wire_format::framed;
    std::int64_t unit = 100;
    std::int64_t retries = 30;
    std::optional<std::int64_t> window = {};
    wire::flaw flaw = wire::flaw::none;
};

constexpr std::int64_t default_window = 512;
constexpr std::int64_t window_max = 4096;

wire::sender_options sender_options(net::network& network, const udp_ftp_client_options& options)
{
    const std::int64_t window =
        options.mode == mode::stop_and_wait ? 1 : options.window.value_or(default_window);
    return {.session = static_cast<std::uint32_t>(network.random()()),
            .retries = static_cast<int>(options.retries),
            .silence = options.timeout,
            .repeat = options.mode == mode::go_back_n ? wire::arq::go_back_n
                                                      : wire::arq::selective_repeat,
            .window = static_cast<std::uint32_t>(window),
            .flaw = options.flaw};
}

// The course's way. The sender does not learn whether the file arrives.
net::awaitable<void> send_lines(net::network& network, udp_ftp_client_options options)
{
    // A burst must not overflow the receiver's socket buffer: that would be our own fault, not the
    // network's.
    constexpr int burst = 64;
    constexpr auto pause = std::chrono::milliseconds(1);

    const auto file = network.files().open(options.file);
    const std::string contents(std::istreambuf_iterator<char>(*file), {});
    wire::lines_plan plan = wire::plan_lines(contents);
    if (!plan.exact)
        network.console().complain("badwire udp-ftp-client: {} has no newline at its end; in mode "
                                   "lines the copy will have one",
                                   options.file);
    const std::string name = net::base_name(options.file);
    plan.datagrams.insert(plan.datagrams.begin(), name);
    plan.datagrams.push_back(wire::lines_end);

    const net::udp::endpoint server = udp_peer(network, options);
    net::udp_socket socket = open_udp(network, server);
    const net::time_point begin = network.now();
    int in_burst = 0;
    for (const std::string_view datagram : plan.datagrams) {
        co_await talk::send_datagram(socket, as_bytes(datagram), server);
        network.metrics().add("sent_bytes", static_cast<std::int64_t>(datagram.size()));
        network.metrics().add("units");
        if (++in_burst % burst == 0) co_await network.sleep_for(pause);
    }
    report_sent(network, name, contents.size(), begin);
}

// Carries the state machine's datagrams until it has finished.
net::awaitable<void> carry(net::network& network, net::udp_socket& socket,
                           const net::udp::endpoint& server, wire::window_sender& sender)
{
    std::vector<std::byte> received(wire::datagram_size_max);
    net::udp::endpoint from;
    net::error_code error;
    sender.start(network.now());
    for (;;) {
        for (auto next = sender.next_datagram(); !next.empty(); next = sender.next_datagram())
            co_await talk::send_datagram(socket, next, server);
        if (sender.finished()) break;

        socket.expires_at(sender.deadline());
        const std::size_t size = co_await socket.async_receive_from(
            net::asio::buffer(received), from,
            net::asio::redirect_error(net::asio::use_awaitable, error));
        if (error && error != net::asio::error::timed_out) throw net::system_error(error);
        if (!error) sender.on_datagram(std::span(received).first(size), network.now());
        sender.on_time(network.now());
    }
}

net::awaitable<void> send_units(net::network& network, udp_ftp_client_options options)
{
    const auto file = network.files().open(options.file);
    const std::uint64_t size = size_of(*file);
    const std::string name = net::base_name(options.file);
    const net::udp::endpoint server = udp_peer(network, options);
    net::udp_socket socket = open_udp(network, server);

    wire::window_sender sender(sender_options(network, options),
                               {static_cast<std::uint32_t>(options.unit), size, name},
                               source_of(*file));
    const net::time_point begin = network.now();
    co_await talk::finally(carry(network, socket, server, sender), [&] { count(network, sender); });
    if (!sender.problem().empty())
        throw net::failure(fmt::format("cannot send {} to {}: {}", wire::printable(name),
                                       to_text(server), sender.problem()));
    report_sent(network, name, size, begin);
}

// The classic wire is another name for the mode `lines`.
bool sends_lines(const udp_ftp_client_options& options)
{
    return options.mode == mode::lines || options.wire == wire_format::classic;
}

net::awaitable<void> udp_ftp_client(net::network& network, udp_ftp_client_options options)
{
    return sends_lines(options) ? send_lines(network, options) : send_units(network, options);
}

void describe(option_parser& parser, udp_ftp_client_options& options)
{
    parser.text("FILE", options.file, "The file to send").required();
    parser.client(options, "any sign of the server");
    parser.wire(options.wire, "classic: the course's own bytes, as --mode lines");
    parser.choice(
        "--mode", options.mode,
        {{"lines", mode::lines},
         {"stop-and-wait", mode::stop_and_wait},
         {"go-back-n", mode::go_back_n},
         {"selective-repeat", mode::selective_repeat}},
        "lines: one line per datagram, unacknowledged; the others: numbered, acknowledged "
        "units, one at a time or a window of them; after a loss go-back-n sends all of "
        "the window again, selective-repeat what is missing");
    parser.number("--window", options.window, 1, window_max,
                  fmt::format("How many units go-back-n and selective-repeat run ahead of the "
                              "oldest that is missing; {} if not given. For full speed "
                              "the link's rate times its round-trip time, on a lossy "
                              "link four times as much",
                              default_window));
    parser.number("--unit", options.unit, 1, wire::transfer_unit_size_max, "Bytes per unit");
    parser.number("--retries", options.retries, 0, 1'000'000, "Times that a unit is sent again");
    parser.flaw(options.flaw);
    parser.afterwards([&] {
        if (options.window && (sends_lines(options) || options.mode == mode::stop_and_wait))
            parser.reject("--window goes with --mode go-back-n and --mode selective-repeat");
    });
}

} // namespace

std::vector<program> udp_ftp_client_programs()
{
    using enum wire::flaw;
    return {with_flaws(entry<udp_ftp_client_options>(
                           {"udp-ftp-client", "Q1b", "Sends a file over datagrams.", role::client},
                           {{.port = 45010, .timeout = std::chrono::seconds(30)}}, describe,
                           udp_ftp_client),
                       {unchecked_ack, no_retransmission, timer_never_cancelled, number_wraps})};
}

} // namespace badwire::apps
