#include "impl/apps/shared/options.hpp"

namespace badwire::apps {
namespace {

constexpr std::uint16_t last_port = 65535;

} // namespace

option_parser::option_parser(const program& which)
    : command_line("badwire exec " + std::string(which.name), std::string(which.summary),
                   "badwire " + std::string(which.name)),
      flaws_(which.flaws)
{
    text("--metrics", metrics_file_,
         "Write counters and times to this file, as one JSON object, at exit")
        .takes("FILE");
}

void option_parser::listener(server_options& options)
{
    text("--bind", options.bind, "Address to listen on; 0.0.0.0 lets the world in");
    number("--port", options.port, 0, last_port, "Port to listen on; 0 lets the system choose");
}

void option_parser::server(server_options& options, const std::string& awaits)
{
    listener(options);
    timeout(options.timeout, awaits);
}

void option_parser::client(client_options& options, const std::string& awaits)
{
    text("--host", options.host, "Host name or address of the server");
    number("--port", options.port, 0, last_port, "Port of the server");
    timeout(options.timeout, awaits);
}

void option_parser::group(group_options& options, const std::string& awaits)
{
    const auto read_address = [](std::string& into, bool of_a_group, std::string_view what) {
        return [&into, of_a_group, what](const std::string& given) {
            net::error_code bad;
            const auto address = net::asio::ip::make_address_v4(given, bad);
            if (bad || (of_a_group && !address.is_multicast())) return expected(what, given);
            into = given;
            return std::string();
        };
    };
    read("--group", "Multicast address (IPv4) of the group",
         read_address(options.group, true, "a multicast address, 224.0.0.0 to 239.255.255.255"))
        .takes("ADDRESS")
        .otherwise(options.group);
    number("--port", options.port, 0, last_port, "Port of the group");
    read("--interface",
         "Address of the interface to use; 127.0.0.1 stays on this machine, 0.0.0.0 takes the "
         "system's route to the group",
         read_address(options.interface, false, "an IPv4 address"))
        .takes("ADDRESS")
        .otherwise(options.interface);
    timeout(options.timeout, awaits);
}

void option_parser::timeout(net::duration& value, const std::string& awaits)
{
    if (awaits.empty()) return;
    duration("--timeout", value, "How long to wait for " + awaits + "; 0: for ever");
}

void option_parser::wire(wire_format& value, const std::string& help)
{
    choice("--wire", value, {{"classic", wire_format::classic}, {"framed", wire_format::framed}},
           help);
}

void option_parser::flaw(wire::flaw& value)
{
    std::vector<std::pair<std::string, wire::flaw>> choices{{"none", wire::flaw::none}};
    for (const wire::flaw one : flaws_) choices.emplace_back(to_string(one), one);
    choice("--flaw", value, choices,
           "A bug to plant, for trying whether a scenario finds it (badwire mutate does)");
}

void option_parser::afterwards(std::function<void()> check) { checks_.push_back(std::move(check)); }

invocation option_parser::parse(std::span<const std::string> arguments)
{
    command_line::parse(arguments);
    for (const auto& check : checks_) check();
    return {metrics_file_, {}};
}

} // namespace badwire::apps
