#include "harness/command/relay_arguments.hpp"

#include <charconv>
#include <fstream>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "harness/version.hpp"
#include "impl/base/address.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::harness {
namespace {

nlohmann::json parse_json(std::string_view option, const std::string& text, std::string_view such)
{
    try {
        return nlohmann::json::parse(text);
    } catch (const nlohmann::json::parse_error&) {
        throw bad_value(
            fmt::format("{}: expected JSON such as '{}', found '{}'", option, such, text));
    }
}

// The pointer's first step is the option's name.
[[noreturn]] void refuse(const std::string& pointer, std::string_view what)
{
    const auto option = pointer.substr(1, pointer.find('/', 1) - 1);
    const auto inside = pointer.substr(option.size() + 1);
    throw bad_value(fmt::format("--{}: {}{}{}", option, inside, inside.empty() ? "" : ": ", what));
}

// What the system knows a machine by this name as: an IPv4 address, if it has one.
boost::asio::ip::address address_of(std::string_view option, const std::string& name)
{
    boost::asio::io_context context;
    boost::asio::ip::udp::resolver resolver(context);
    boost::system::error_code failed;
    const auto known = resolver.resolve(name, "", failed);
    if (failed || known.empty())
        throw bad_value(
            fmt::format("{}: expected ADDRESS:PORT such as 127.0.0.1:5000 or "
                        "[::1]:5000, found \"{}\", and no machine of that name is known",
                        option, name));
    for (const auto& one : known)
        if (one.endpoint().address().is_v4()) return one.endpoint().address();
    return known.begin()->endpoint().address();
}

// A file's first line, so that no token stands in a list of processes.
std::string read_token(const std::string& file)
{
    std::string token;
    std::ifstream in(file);
    if (!std::getline(in, token) || token.empty())
        throw bad_value(fmt::format("--control-token: expected a file whose first line is the "
                                    "token, found nothing in {}",
                                    file));
    return token;
}

link::wire_tables declared_wires(const relay_arguments& given)
{
    if (given.wires.empty()) return {};
    try {
        return link::parse_wires(parse_json(
            "--wires", given.wires, R"({"mine": {"fields": [{"name": "seq", "offset": 0}]}})"));
    } catch (const mistake& error) {
        refuse("/wires" + error.pointer, error.what());
    }
}

} // namespace

void describe_the_link(relay_arguments& given, command_line& command)
{
    command
        .text("--preset", given.preset,
              "A link as it is found in the world, such as lte (see: badwire list presets); the "
              "other options win over it")
        .takes("NAME");
    command
        .text("--loss", given.loss,
              "Share of datagrams to drop, both ways: a probability such as 0.05")
        .takes("P");
    command
        .text("--delay", given.delay,
              "Delay of datagrams and of streams, both ways: a duration such as 20ms")
        .takes("DURATION");
    command
        .text("--up", given.up,
              "The direction towards the server, as a scenario writes it: "
              "'{\"loss\": 0.1, \"delay\": {\"uniform\": [\"1ms\", \"9ms\"]}}'; "
              "wins over --loss and --delay")
        .takes("JSON");
    command.text("--down", given.down, "The same for the direction towards the client")
        .takes("JSON");
    command
        .text("--schedule", given.schedule,
              "What changes with time, as a scenario writes it: "
              "'[{\"at\": \"2s\", \"for\": \"1s\", \"cut\": true}]'")
        .takes("JSON");
    command
        .text("--wires", given.wires,
              "Protocols with fields that exact rules can use, as in a scenario's \"wires\"")
        .takes("JSON");
    command.number("--seed", given.seed, 0, UINT64_MAX, "The same seed is the same network");
    command
        .text("--trace", given.trace, "Write what happened to every packet, a JSON object a line")
        .takes("FILE");
    command
        .text("--pcap", given.pcap,
              "Capture every packet as pcapng, with what happened to it as its comment")
        .takes("FILE");
}

void describe(relay_arguments& given, command_line& command)
{
    command
        .text("--listen", given.listen,
              "Address and port for clients, UDP and TCP; port 0 lets the system choose")
        .takes("ADDRESS:PORT");
    command.text("--to", given.to, "The server they are forwarded to").takes("ADDRESS:PORT");
    describe_the_link(given, command);
    command.duration("--idle-after", given.idle_after,
                     "Forget a client that has been silent for so long");
    command
        .text(
            "--control", given.control,
            "Address that takes changes over HTTP while the relay runs, and creates further "
            "links, from badwire ctl or toxiproxy's clients; --listen and --to may then be missing")
        .takes("ADDRESS:PORT");
    command
        .text("--serve", given.serve,
              "Address of a page that shows every packet while it passes, with the link's loss and "
              "delay to change; for a browser")
        .takes("ADDRESS:PORT");
    command
        .text("--control-token", given.control_token,
              "File whose first line is the token that requests of --control and --serve must "
              "carry; without one, a token is made up and printed if other machines can reach the "
              "address")
        .takes("FILE");
    command.text("--name", given.name, "The link's name, part of the seed").takes("NAME");
    command.flag(
        "--precise", given.precise,
        "Delay precisely to some hundredths of a millisecond; needs a processor of its own");
    command.flag("--keep-ports", given.keep_ports,
                 "Let the server see each client's own port, at another loopback address");
    command.flag("--json", given.as_json,
                 "Print the counters at the end as JSON, those of each client too");
}

relay::endpoint parse_endpoint(std::string_view option, const std::string& text, bool any_port)
{
    const auto wrong = [&] {
        return bad_value(fmt::format("{}: expected ADDRESS:PORT such as 127.0.0.1:5000 or "
                                     "[::1]:5000, found \"{}\"",
                                     option, text));
    };
    const auto given = parse_host_and_port(text);
    if (!given) throw wrong();
    if (given->port == 0 && !any_port)
        throw bad_value(fmt::format("{}: expected a port from 1 to 65535, found 0", option));
    boost::system::error_code failed;
    const auto parsed = boost::asio::ip::make_address(given->host, failed);
    if (failed && !given->bracketed) return {address_of(option, given->host), given->port};
    if (failed || parsed.is_v6() != given->bracketed) throw wrong();
    return {parsed, given->port};
}

link::link_options parse_link(const relay_arguments& given)
{
    nlohmann::json asked = nlohmann::json::object();
    if (!given.loss.empty()) {
        double loss = 0;
        const char* const end = given.loss.data() + given.loss.size();
        const auto [rest, failed] = std::from_chars(given.loss.data(), end, loss);
        // What is no number is left to the check of the whole, which says so.
        asked["loss"] = failed == std::errc{} && rest == end ? nlohmann::json(loss)
                                                             : nlohmann::json(given.loss);
    }
    if (!given.delay.empty()) asked["delay"] = given.delay;
    if (!given.preset.empty()) asked["preset"] = given.preset;
    constexpr std::string_view direction = R"({"loss": 0.05, "delay": "5ms"})";
    if (!given.up.empty()) asked["up"] = parse_json("--up", given.up, direction);
    if (!given.down.empty()) asked["down"] = parse_json("--down", given.down, direction);
    if (!given.schedule.empty())
        asked["schedule"] =
            parse_json("--schedule", given.schedule, R"([{"at": "2s", "for": "1s", "cut": true}])");
    if (given.keep_ports) asked["keep_ports"] = true;
    link::surroundings around;
    around.wires = declared_wires(given);
    try {
        return link::parse_link_options(asked, around);
    } catch (const mistake& error) {
        refuse(error.pointer, error.what());
    }
}

link::wire_tables parse_wires(const relay_arguments& given)
{
    link::wire_tables known = link::own_wires();
    for (auto& [name, table] : declared_wires(given)) known[name] = table;
    return known;
}

control::control_options parse_server(std::string_view option, const std::string& listen)
{
    const auto at = parse_endpoint(option, listen, true);
    control::control_options options{.version = version};
    options.listen = {at.address(), at.port()};
    return options;
}

namespace {

std::optional<control::control_options>
server_with_token(std::string_view option, const std::string& listen, const std::string& token_file)
{
    if (listen.empty()) return {};
    auto options = parse_server(option, listen);
    if (!token_file.empty()) options.token = read_token(token_file);
    return options;
}

} // namespace

std::optional<control::control_options> parse_control(const relay_arguments& given)
{
    if (given.control.empty() && given.serve.empty() && !given.control_token.empty())
        throw bad_value("--control-token is only used with --control and --serve");
    return server_with_token("--control", given.control, given.control_token);
}

std::optional<control::control_options> parse_serve(const relay_arguments& given)
{
    return server_with_token("--serve", given.serve, given.control_token);
}

} // namespace badwire::harness
