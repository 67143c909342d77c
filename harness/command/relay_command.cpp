#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "harness/command/commands.hpp"
#include "harness/command/counters_table.hpp"
#include "harness/command/link_files.hpp"
#include "harness/command/live_events.hpp"
#include "harness/command/live_server.hpp"
#include "harness/command/relay_arguments.hpp"
#include "harness/command/terminal.hpp"
#include "impl/base/address.hpp"
#include "impl/base/units.hpp"
#include "sim/control/control_server.hpp"
#include "sim/control/gatekeeper.hpp"
#include "sim/link/flows_json.hpp"
#include "sim/relay/relay.hpp"
#include "sim/relay/state_json.hpp"

namespace badwire::harness {
namespace {

nlohmann::json summary_json(const relay::relay& through)
{
    const nlohmann::json state = relay::state_json(through);
    return {{"link", {{"up", state.at("up")}, {"down", state.at("down")}}},
            {"flows", link::flows_json(through.decisions(link::direction::up),
                                       through.decisions(link::direction::down))},
            {"lateness_ms", state.at("lateness_ms")},
            {"refused", state.at("refused")}};
}

// Of the one link, or of each with its name.
void print_summary(const control::fleet& links, bool as_json)
{
    nlohmann::json summaries = nlohmann::json::object();
    links.each([&](const control::controlled_link& one, const relay::relay& through) {
        if (as_json) summaries[one.name()] = summary_json(through);
        else if (links.size() == 1) say("\n{}", counters_table(relay::state_json(through)));
        else say("\n{}\n{}", one.name(), counters_table(relay::state_json(through)));
    });
    if (!as_json) return;
    const nlohmann::json summary =
        summaries.size() == 1 ? summaries.front() : nlohmann::json{{"links", std::move(summaries)}};
    write_raw(stdout, summary.dump() + "\n");
}

std::string counted_so_far(const control::fleet& links)
{
    std::string line = fmt::format("{} links", links.size());
    links.each([&](const control::controlled_link&, const relay::relay& through) {
        if (links.size() == 1) line = counters_line(relay::state_json(through));
    });
    return line;
}

// On a terminal, once a second, over the line before, until the clock is cancelled: what was counted.
boost::asio::awaitable<void> show_counters(const control::fleet& links,
                                           boost::asio::steady_timer& clock)
{
    boost::system::error_code cancelled;
    while (!cancelled) {
        write_raw(stdout, "\r\033[K" + counted_so_far(links));
        std::fflush(stdout);
        clock.expires_after(std::chrono::seconds(1));
        co_await clock.async_wait(
            boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    }
}

// Says where it listens; and the token, if nobody gave one and one is needed.
void start_control(std::optional<control::control_server>& server, boost::asio::io_context& context,
                   control::fleet& links, control::control_options options)
{
    const bool made_up = options.token.empty() && !options.listen.address().is_loopback();
    if (made_up) options.token = control::random_token();
    try {
        server.emplace(context, links, options);
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error(fmt::format("--control: cannot listen on {}: {}",
                                             to_text(options.listen), error.code().message()));
    }
    const auto at = server->listening();
    say("control on http://{}\n", to_text(at));
    if (made_up) say("control token {}\n", options.token);
}

// On the page: the links as they are, twice a second, until the clock is cancelled.
boost::asio::awaitable<void> look_at_links(live_relay& page, const control::fleet& links,
                                           boost::asio::steady_timer& clock)
{
    boost::system::error_code cancelled;
    while (!cancelled) {
        page.look(links);
        clock.expires_after(std::chrono::milliseconds(500));
        co_await clock.async_wait(
            boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    }
}

// The page of --serve, and what it shows.
struct live_view {
    live_view(boost::asio::io_context& context, control::fleet& links,
              const control::control_options& options, const relay_arguments& given)
        : server(options, "badwire relay: " + given.name, &links),
          shown(server.feed(), given.name, parse_wires(given)),
          clock(context)
    {
        boost::asio::co_spawn(context, look_at_links(shown, links, clock), boost::asio::detached);
    }
    void end()
    {
        clock.cancel();
        shown.end();
    }
    live_server server;
    live_relay shown;
    boost::asio::steady_timer clock;
};

// The link that the arguments name; nothing where all links will come by --control.
std::optional<control::link_wish> parse_wish(const relay_arguments& given)
{
    if (given.listen.empty() && given.to.empty()) {
        if (given.control.empty() && given.serve.empty())
            throw bad_value("--listen and --to: expected where to listen and where to forward to; "
                            "without both, --control takes requests that say so");
        return {};
    }
    for (const auto& [option, value] : {std::pair("--listen", &given.listen), {"--to", &given.to}})
        if (value->empty()) throw bad_value(fmt::format("{}: expected ADDRESS:PORT", option));
    const auto listen = parse_endpoint("--listen", given.listen, true);
    const auto upstream = parse_endpoint("--to", given.to, false);
    if (relay::leads_to_itself(listen, upstream))
        throw bad_value(fmt::format("--to {}: the relay would send to itself; name the server's "
                                    "address, or listen on another port",
                                    given.to));
    return control::link_wish{.name = given.name,
                              .listen = {listen, given.listen},
                              .upstream = {upstream, to_text(upstream)}};
}

void run_relay(const relay_arguments& given)
{
    const auto wish = parse_wish(given);
    if (given.idle_after <= std::chrono::nanoseconds(0))
        throw bad_value("--idle-after: expected a duration above 0");
    auto control_options = parse_control(given);
    const auto serve_options = parse_serve(given);
    relay::relay_options options{.name = given.name,
                                 .seed = given.seed,
                                 .link = parse_link(given),
                                 .idle_after = given.idle_after,
                                 .precise = given.precise};
    link_files files(given);
    options.trace = files.trace();

    boost::asio::io_context context(1);
    std::optional<live_view> live;
    control::fleet links(context, [&](const std::string& name) {
        relay::relay_options own = options;
        own.name = name;
        own.watcher = files.watcher(name);
        if (live) own.watcher = live->shown.before(own.watcher);
        return own;
    });
    std::optional<control::control_server> control;
    boost::asio::steady_timer clock(context);
    boost::asio::signal_set stop(context, SIGINT, SIGTERM);
    stop.async_wait([&](boost::system::error_code failed, int) {
        if (failed) return;
        stop.clear(); // another signal ends it at once, as any process
        clock.cancel();
        if (control) control->close();
        if (live) live->end();
        links.close();
    });
    if (serve_options) live.emplace(context, links, *serve_options, given);
    if (wish) say("listening on {}\n", to_text(links.add(*wish).listening()));
    if (control_options) start_control(control, context, links, std::move(*control_options));
    if (live) say("live on {}\n", live->server.url());
    std::fflush(stdout);
    if (isatty(STDOUT_FILENO) == 1 && !given.as_json)
        boost::asio::co_spawn(context, show_counters(links, clock), boost::asio::detached);
    context.run();
    if (live) live->server.stop();
    context.restart();
    context.poll(); // what the page had asked for

    print_summary(links, given.as_json);
    std::fflush(stdout);
    files.close();
}

int run_relay_command(const relay_arguments& given)
{
    try {
        run_relay(given);
        return 0;
    } catch (const bad_value& error) {
        complain("badwire relay: {}\n", error.what());
        return 2;
    } catch (const std::exception& error) {
        complain("badwire relay: {}\n", error.what());
        return 1;
    }
}

} // namespace

void add_relay_command(command_line& badwire)
{
    auto given = std::make_shared<relay_arguments>();
    command_line& command = badwire.command(
        "relay", "Forward datagrams and connections, and do to them what a bad network does");
    describe(*given, command);
    command.explain(
        "Ends on Ctrl+C or SIGTERM, and prints its counters then; on a terminal once a second.\n"
        "What a link can do to datagrams and to streams: docs/impairments.");
    command.does([given] { return run_relay_command(*given); });
}

} // namespace badwire::harness
