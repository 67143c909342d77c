#include "harness/relay_command.hpp"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/link/counters_json.hpp"
#include "sim/link/options_json.hpp"
#include "sim/relay/relay.hpp"

namespace badwire::harness {
namespace {

using nlohmann::json;

// As typed.
struct relay_arguments {
    std::string listen, to, loss, delay, up, down, trace;
    std::uint64_t seed = 1;
};

// A value that cannot be, told to people.
struct bad_value : std::runtime_error {
    using std::runtime_error::runtime_error;
};

relay::endpoint parse_endpoint(std::string_view option, const std::string& text, bool any_port)
{
    const auto wrong = [&] {
        return bad_value(fmt::format("{}: expected ADDRESS:PORT such as 127.0.0.1:5000 or "
                                     "[::1]:5000, found \"{}\"",
                                     option, text));
    };
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) throw wrong();
    std::string address = text.substr(0, colon);
    const bool bracketed = address.starts_with('[') && address.ends_with(']');
    if (bracketed) address = address.substr(1, address.size() - 2);

    boost::system::error_code failed;
    const auto parsed = boost::asio::ip::make_address(address, failed);
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, bad_port] = std::from_chars(text.data() + colon + 1, end, port);
    if (failed || parsed.is_v6() != bracketed || bad_port != std::errc{} || rest != end)
        throw wrong();
    if (port == 0 && !any_port) throw bad_value(fmt::format("{}: port 0 is nobody's", option));
    return {parsed, port};
}

json parse_direction(std::string_view option, const std::string& text)
{
    try {
        return json::parse(text);
    } catch (const json::parse_error&) {
        throw bad_value(fmt::format(
            "{}: expected JSON such as '{{\"loss\": 0.05, \"delay\": \"5ms\"}}', found '{}'",
            option, text));
    }
}

// --loss and --delay hold both ways, what --up and --down say wins: as in a scenario.
link::link_options parse_link(const relay_arguments& given)
{
    json asked = json::object();
    if (!given.loss.empty()) {
        double loss = 0;
        const char* const end = given.loss.data() + given.loss.size();
        const auto [rest, failed] = std::from_chars(given.loss.data(), end, loss);
        // What is no number is left to the check of the whole, which says so.
        asked["loss"] = failed == std::errc{} && rest == end ? json(loss) : json(given.loss);
    }
    if (!given.delay.empty()) asked["delay"] = given.delay;
    if (!given.up.empty()) asked["up"] = parse_direction("--up", given.up);
    if (!given.down.empty()) asked["down"] = parse_direction("--down", given.down);
    try {
        return link::parse_link_options(asked);
    } catch (const link::options_error& error) {
        // The pointer's first step is the option's name.
        const auto option = error.pointer.substr(1, error.pointer.find('/', 1) - 1);
        const auto inside = error.pointer.substr(option.size() + 1);
        throw bad_value(
            fmt::format("--{}: {}{}{}", option, inside, inside.empty() ? "" : ": ", error.what()));
    }
}

json summary_of(const relay::relay& through)
{
    const auto ms = [](std::chrono::nanoseconds duration) {
        return std::chrono::duration<double, std::milli>(duration).count();
    };
    const auto late = through.how_late();
    return {{"link",
             {{"up", link::to_json(through.count(link::direction::up))},
              {"down", link::to_json(through.count(link::direction::down))}}},
            {"lateness_ms", {{"p50", ms(late.p50)}, {"p99", ms(late.p99)}, {"max", ms(late.max)}}},
            {"refused", through.refused()}};
}

void run_relay(const relay_arguments& given)
{
    const auto listen = parse_endpoint("--listen", given.listen, true);
    const auto upstream = parse_endpoint("--to", given.to, false);
    relay::relay_options options{.seed = given.seed, .link = parse_link(given)};

    std::ofstream trace;
    if (!given.trace.empty()) {
        trace.open(given.trace);
        if (!trace) throw bad_value(fmt::format("--trace: cannot write to {}", given.trace));
        options.trace = [&trace](std::string_view line) { trace << line << '\n'; };
    }

    boost::asio::io_context context(1);
    relay::relay through(context, std::move(options));
    boost::asio::signal_set stop(context, SIGINT, SIGTERM);
    stop.async_wait([&](boost::system::error_code failed, int) {
        if (!failed) through.close();
    });
    relay::endpoint bound;
    try {
        bound = through.open(listen, upstream, "");
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error(
            fmt::format("cannot listen on {}: {}", given.listen, error.code().message()));
    }
    const std::string address = bound.address().to_string();
    fmt::print("listening on {}:{}\n", bound.address().is_v6() ? "[" + address + "]" : address,
               bound.port());
    std::fflush(stdout);
    context.run();

    fmt::print("{}\n", summary_of(through).dump());
    std::fflush(stdout);
    trace.flush();
    if (!trace) throw std::runtime_error(fmt::format("could not write all of {}", given.trace));
}

int run_relay_command(const relay_arguments& given)
{
    try {
        run_relay(given);
        return 0;
    } catch (const bad_value& error) {
        fmt::print(stderr, "badwire relay: {}\n", error.what());
        return 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "badwire relay: {}\n", error.what());
        return 1;
    }
}

} // namespace

void add_relay_command(CLI::App& app, int& exit_code)
{
    auto given = std::make_shared<relay_arguments>();
    CLI::App* const command = app.add_subcommand(
        "relay", "Forward datagrams and connections, and do to them what a bad network does");
    command
        ->add_option("--listen", given->listen,
                     "Where clients come to, UDP and TCP alike; port 0 lets the system choose")
        ->type_name("ADDRESS:PORT")
        ->required();
    command->add_option("--to", given->to, "The server they are forwarded to")
        ->type_name("ADDRESS:PORT")
        ->required();
    command
        ->add_option("--loss", given->loss,
                     "Share of datagrams to drop, both ways: a probability such as 0.05")
        ->type_name("P");
    command
        ->add_option("--delay", given->delay,
                     "Delay of datagrams and of streams, both ways: a duration such as 20ms")
        ->type_name("DURATION");
    command
        ->add_option("--up", given->up,
                     "The direction towards the server, as a scenario writes it: "
                     "'{\"loss\": 0.1, \"delay\": {\"uniform\": [\"1ms\", \"9ms\"]}}'; "
                     "wins over --loss and --delay")
        ->type_name("JSON");
    command->add_option("--down", given->down, "The direction towards the client, likewise")
        ->type_name("JSON");
    command->add_option("--seed", given->seed, "The same seed is the same network")
        ->type_name("N")
        ->capture_default_str();
    command
        ->add_option("--trace", given->trace,
                     "Write what happened to every datagram, a JSON object a line")
        ->type_name("FILE");
    command->footer("Ends on Ctrl+C or SIGTERM, and prints its counters as JSON then.\n"
                    "Datagrams are dropped and delayed; streams (TCP) are delayed, in order.");
    command->callback([given, &exit_code] { exit_code = run_relay_command(*given); });
}

} // namespace badwire::harness
