// relay_arguments.hpp: what `badwire relay` is given, as typed and as it is understood.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "impl/base/command_line.hpp"
#include "sim/control/control_server.hpp"
#include "sim/relay/relay.hpp"

namespace badwire::harness {

/// As typed; empty where nothing was.
struct relay_arguments {
    std::string listen, to, preset, loss, delay, up, down, schedule, wires, trace, pcap, control,
        serve, control_token;
    std::string name = "relay";
    std::uint64_t seed = 1;
    bool precise = false;
    bool keep_ports = false;
    bool as_json = false;
    std::chrono::nanoseconds idle_after = relay::relay_options{}.idle_after;
};

/// Describes every option of `badwire relay`, to be read into `given`.
void describe(relay_arguments& given, command_line& command);
/// Only those that say what the link does, and what is written of it.
void describe_the_link(relay_arguments& given, command_line& command);

/// A value that cannot be, told to people.
struct bad_value : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// All throw bad_value.

/// "127.0.0.1:5000", "[::1]:5000". `any_port`: 0 lets the system choose.
relay::endpoint parse_endpoint(std::string_view option, const std::string& text, bool any_port);

/// --loss and --delay hold both ways, what --up and --down say wins: as in a scenario. Files of
/// traces are relative to the working folder.
link::link_options parse_link(const relay_arguments& given);

/// badwire's own wires and those of --wires.
link::wire_tables parse_wires(const relay_arguments& given);

/// Where to take changes, from whom; nothing without --control.
std::optional<control::control_options> parse_control(const relay_arguments& given);
/// Where to serve the live page, to whom; nothing without --serve.
std::optional<control::control_options> parse_serve(const relay_arguments& given);

/// "--serve 127.0.0.1:8475" and the like.
control::control_options parse_server(std::string_view option, const std::string& listen);

} // namespace badwire::harness
