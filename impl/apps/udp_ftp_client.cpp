// udp-ftp-client (course Q1b): sends a file over datagrams.
//
// --mode lines          the course's classic wire: one line per datagram, nothing acknowledged
//        stop-and-wait  the framed wire: one unit on its way at a time, repeated until acknowledged
#include <exception>
#include <fstream>
#include <iterator>

#include <boost/asio/redirect_error.hpp>

#include "impl/apps/catalogue.hpp"
#include "impl/apps/endpoints.hpp"
#include "impl/apps/options.hpp"
#include "impl/base/units.hpp"
#include "impl/wire/lines.hpp"
#include "impl/wire/stop_and_wait.hpp"
#include "impl/wire/stream.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

struct ftp_client_options : client_options {
    std::string file;
    std::string mode = "stop-and-wait";
    std::string wire = "framed";
    std::int64_t unit = 100;
    std::int64_t retries = 30;
};

std::uint64_t size_of(std::ifstream& file)
{
    file.seekg(0, std::ios::end);
    const auto size = static_cast<std::uint64_t>(file.tellg());
    file.seekg(0);
    return size;
}

void report(net::network& network, const std::string& name, std::uint64_t bytes,
            net::time_point begin)
{
    const net::duration elapsed = network.now() - begin;
    const double seconds = std::chrono::duration<double>(elapsed).count();
    network.metrics().set("goodput_bytes_per_s",
                          seconds > 0 ? static_cast<double>(bytes) / seconds : 0);
    network.console().say("sent {} ({} bytes in {})", wire::printable(name), bytes,
                          format_duration(std::chrono::round<std::chrono::microseconds>(elapsed)));
}

// The course's way. Whether the file arrives nobody can tell.
net::awaitable<void> send_lines(net::network& network, ftp_client_options options)
{
    // A burst must not overflow the receiver's socket buffer: it would be our own doing, not the
    // network's.
    constexpr int burst = 64;
    constexpr auto pause = std::chrono::milliseconds(1);

    std::ifstream file = network.files().open(options.file);
    const std::string contents(std::istreambuf_iterator<char>(file), {});
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
        co_await wire::send_datagram(socket, wire::as_bytes(datagram), server);
        network.metrics().add("sent_bytes", static_cast<std::int64_t>(datagram.size()));
        network.metrics().add("units");
        if (++in_burst % burst == 0) co_await network.sleep_for(pause);
    }
    report(network, name, contents.size(), begin);
}

void count(net::network& network, const wire::stop_and_wait_sender& sender)
{
    net::metrics& metrics = network.metrics();
    metrics.add("units", sender.counters().units);
    metrics.add("retransmissions", sender.counters().retransmissions);
    metrics.add("timeouts", sender.counters().timeouts);
    metrics.add("sent_bytes", sender.counters().sent_bytes);
    if (const auto srtt = sender.rto().srtt()) metrics.set("srtt_ms", *srtt);
}

// Carries the state machine's datagrams until it has finished.
net::awaitable<void> carry(net::network& network, net::udp_socket& socket,
                           const net::udp::endpoint& server, wire::stop_and_wait_sender& sender)
{
    std::vector<std::byte> received(wire::datagram_size_max);
    net::udp::endpoint from;
    net::error_code error;
    sender.start(network.now());
    for (;;) {
        for (auto next = sender.next_datagram(); !next.empty(); next = sender.next_datagram())
            co_await wire::send_datagram(socket, next, server);
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

net::awaitable<void> send_stop_and_wait(net::network& network, ftp_client_options options)
{
    std::ifstream file = network.files().open(options.file);
    const std::uint64_t size = size_of(file);
    const std::string name = net::base_name(options.file);
    const net::udp::endpoint server = udp_peer(network, options);
    net::udp_socket socket = open_udp(network, server);

    wire::stop_and_wait_sender sender({.session = static_cast<std::uint32_t>(network.random()()),
                                       .retries = static_cast<int>(options.retries),
                                       .silence = options.timeout},
                                      {static_cast<std::uint32_t>(options.unit), size, name},
                                      [&file](std::span<std::byte> unit) {
                                          file.read(reinterpret_cast<char*>(unit.data()),
                                                    static_cast<std::streamsize>(unit.size()));
                                          return static_cast<std::size_t>(file.gcount());
                                      });
    const net::time_point begin = network.now();
    std::exception_ptr broken;
    try {
        co_await carry(network, socket, server, sender);
    } catch (...) {
        broken = std::current_exception();
    }
    count(network, sender);
    if (broken) std::rethrow_exception(broken);
    if (!sender.problem().empty())
        throw net::failure(fmt::format("cannot send {} to {}: {}", wire::printable(name),
                                       wire::to_text(server), sender.problem()));
    report(network, name, size, begin);
}

} // namespace

invocation parse_udp_ftp_client(const program& self, arguments given)
{
    ftp_client_options options;
    options.port = 45010;
    options.timeout = std::chrono::seconds(30);
    option_parser parser(self);
    parser.required_text("FILE", options.file, "The file to send");
    parser.client(options, "any sign of the server");
    parser.choice("--wire", options.wire, {"classic", "framed"},
                  "classic: the course's own bytes, as --mode lines");
    parser.choice("--mode", options.mode, {"lines", "stop-and-wait"},
                  "lines: one line per datagram, unacknowledged; stop-and-wait: numbered, "
                  "acknowledged units");
    parser.number("--unit", options.unit, 1, wire::transfer_unit_size_max, "Bytes per unit");
    parser.number("--retries", options.retries, 0, 1'000'000, "Times that a unit is sent again");
    invocation run = parser.parse(given);

    const bool lines = options.mode == "lines" || options.wire == "classic";
    run.main = [=](net::network& network) {
        return lines ? send_lines(network, options) : send_stop_and_wait(network, options);
    };
    return run;
}

} // namespace badwire::apps
