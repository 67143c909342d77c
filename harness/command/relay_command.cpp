#include "harness/command/relay_command.hpp"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "harness/command/relay_arguments.hpp"
#include "impl/base/address.hpp"
#include "impl/base/units.hpp"
#include "sim/capture/capture_watcher.hpp"
#include "sim/capture/pcapng_writer.hpp"
#include "sim/control/control_server.hpp"
#include "sim/control/gatekeeper.hpp"
#include "sim/link/flows_json.hpp"
#include "sim/relay/relay.hpp"
#include "sim/relay/state_json.hpp"

namespace badwire::harness {
namespace {

using nlohmann::json;

json summary_of(const relay::relay& through)
{
    const json state = relay::state_json(through);
    return {{"link", {{"up", state.at("up")}, {"down", state.at("down")}}},
            {"flows", link::flows_json(through.decisions(link::direction::up),
                                       through.decisions(link::direction::down))},
            {"lateness_ms", state.at("lateness_ms")},
            {"refused", state.at("refused")}};
}

// A capture, and the relay's way to it.
struct capturing {
    capturing(const std::string& file, const std::string& link) : into(file), watcher(into, link) {}
    capture::pcapng_writer into;
    capture::capture_watcher watcher;
};

std::unique_ptr<capturing> start_capture(const relay_arguments& given)
{
    if (given.pcap.empty()) return nullptr;
    try {
        return std::make_unique<capturing>(given.pcap, given.name);
    } catch (const std::system_error& error) {
        throw bad_value(fmt::format("--pcap: {}", error.what()));
    }
}

// Says where it listens; and the token, if nobody gave one and one is needed.
void start_control(std::optional<control::control_server>& server, boost::asio::io_context& context,
                   relay::relay& through, control::control_options options)
{
    const bool made_up = options.token.empty() && !options.listen.address().is_loopback();
    if (made_up) options.token = control::random_token();
    try {
        server.emplace(context, through, options);
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error(fmt::format("--control: cannot listen on {}: {}",
                                             to_text(options.listen), error.code().message()));
    }
    const auto at = server->listening();
    fmt::print("control on http://{}\n", to_text(at));
    if (made_up) fmt::print("control token {}\n", options.token);
}

void run_relay(const relay_arguments& given)
{
    const auto listen = parse_endpoint("--listen", given.listen, true);
    const auto upstream = parse_endpoint("--to", given.to, false);
    auto control_options = parse_control(given);
    relay::relay_options options{.name = given.name,
                                 .seed = given.seed,
                                 .link = parse_link(given),
                                 .idle_after = given.idle_after,
                                 .precise = given.precise};

    std::ofstream trace;
    if (!given.trace.empty()) {
        trace.open(given.trace);
        if (!trace) throw bad_value(fmt::format("--trace: cannot write to {}", given.trace));
        options.trace = [&trace](std::string_view line) { trace << line << '\n'; };
    }
    const auto capture = start_capture(given);
    if (capture) options.watcher = &capture->watcher;

    boost::asio::io_context context(1);
    relay::relay through(context, std::move(options));
    std::optional<control::control_server> control;
    boost::asio::signal_set stop(context, SIGINT, SIGTERM);
    stop.async_wait([&](boost::system::error_code failed, int) {
        if (failed) return;
        if (control) control->close();
        through.close();
    });
    relay::endpoint bound;
    try {
        bound = through.open(listen, upstream, "");
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error(
            fmt::format("cannot listen on {}: {}", given.listen, error.code().message()));
    }
    fmt::print("listening on {}\n", to_text(bound));
    if (control_options) start_control(control, context, through, std::move(*control_options));
    std::fflush(stdout);
    context.run();

    fmt::print("{}\n", summary_of(through).dump());
    std::fflush(stdout);
    trace.flush();
    if (capture) capture->into.close();
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
    command
        ->add_option("--schedule", given->schedule,
                     "What changes with time, as a scenario writes it: "
                     "'[{\"at\": \"2s\", \"for\": \"1s\", \"cut\": true}]'")
        ->type_name("JSON");
    command
        ->add_option("--wires", given->wires,
                     "Protocols whose fields exact rules name, as a scenario writes them")
        ->type_name("JSON");
    command
        ->add_option_function<std::string>(
            "--idle-after",
            [given](const std::string& text) {
                const auto parsed = parse_duration(text);
                if (!parsed || *parsed <= std::chrono::nanoseconds(0))
                    throw CLI::ValidationError("--idle-after",
                                               fmt::format("expected {}", duration_format));
                given->idle_after = *parsed;
            },
            "Forget a client that has been silent for so long (5min)")
        ->type_name("DURATION");
    command->add_option("--seed", given->seed, "The same seed is the same network")
        ->type_name("N")
        ->capture_default_str();
    command
        ->add_option("--trace", given->trace,
                     "Write what happened to every datagram, a JSON object a line")
        ->type_name("FILE");
    command
        ->add_option("--pcap", given->pcap,
                     "Capture every datagram as pcapng, with what happened to it as its comment")
        ->type_name("FILE");
    command
        ->add_option("--control", given->control,
                     "Take changes over HTTP there while it runs: badwire ctl, or toxiproxy's way")
        ->type_name("ADDRESS:PORT");
    command
        ->add_option("--control-token", given->control_token,
                     "Whose first line a request must show; beyond this machine one is made up "
                     "and printed where none is given")
        ->type_name("FILE");
    command->add_option("--name", given->name, "The link's name, part of the seed")
        ->type_name("NAME")
        ->capture_default_str();
    command->add_flag("--precise", given->precise,
                      "Delay to some hundredths of a millisecond, for a processor of its own");
    command->footer("Ends on Ctrl+C or SIGTERM, and prints its counters as JSON then.\n"
                    "What a link can do to datagrams and to streams: docs/impairments.");
    command->callback([given, &exit_code] { exit_code = run_relay_command(*given); });
}

} // namespace badwire::harness
