// process_fault.hpp: what a scenario does to its processes while they run: kill, restart, pause,
// continue.
//   {"kill": "server", "at": "2s"}
//   {"restart": "server", "packet": {"link": "wan", "match": {"kind": "data"}, "nth": 3}, "delay": "1s"}
//   {"pause": "client", "line": {"process": "server", "prints": "client connected"}}
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "harness/scenario/pattern.hpp"
#include "impl/base/reading.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::harness {

struct scenario;

enum class process_action { kill, restart, pause, resume };
/// The key in a scenario: "kill", "restart", "pause", "continue".
std::string_view to_string(process_action what);

/// Happens once, `delay` after one of: a time since the run's start, a packet, a line of output.
struct process_fault {
    struct packet_trigger {
        std::string link;
        link::direction which = link::direction::up;
        link::exact_rule rule; // the first packet that it applies to
    };
    struct line_trigger {
        std::string process;
        pattern prints;
    };

    std::string name;    // "faults.1", as in "may_miss"
    std::string pointer; // for messages
    process_action what = process_action::kill;
    std::string process; // or all of a family
    std::optional<std::chrono::nanoseconds> at{};
    std::optional<packet_trigger> packet{};
    std::optional<line_trigger> line{};
    std::chrono::nanoseconds delay{0};

    /// "kill server", for people.
    std::string words() const;
};

/// Throws mistake, or notes it.
process_fault read_process_fault(const reading& at, const scenario& in,
                                 const link::surroundings& around);

} // namespace badwire::harness
