// options_json.hpp: link options from JSON, as scenarios and `badwire relay` write them:
//   {"loss": 0.05, "delay": "5ms",
//    "up": {"loss": {"model": "gilbert-elliott", "p": 0.01, "r": 0.3}},
//    "down": {"delay": {"uniform": ["1ms", "9ms"]},
//             "exact": [{"match": {"kind": "ack"}, "nth": 2}]},
//    "schedule": [{"at": "2s", "for": "500ms", "cut": true}]}
// What stands beside "up" and "down" holds both ways; what stands inside them wins.
// docs/impairments lists every key.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "impl/base/reading.hpp"
#include "sim/link/impairments.hpp"
#include "sim/link/wires.hpp"

namespace badwire::link {

/// Which files options may name.
enum class nameable {
    any,   // they were typed by the person who runs badwire
    below, // those below the folder, through no link that leads out of it
    none   // they come from somebody else
};

/// What options may refer to.
struct surroundings {
    std::filesystem::path folder{}; // of delivery traces
    nameable files = nameable::any;
    wire_tables wires{}; // that were declared
    /// Rate and AQM that links share by name: up and down.
    std::map<std::string, std::array<impairments, 2>, std::less<>> bottlenecks{};
    bool wires_flawed = false; // by mistakes of their own: nothing is said of their fields
    duration begins{0};        // when it holds, and how soon again: what ramps count from
    duration again{0};
};

/// Throw mistakes: unknown keys (with the nearest valid name), wrong types, what is out of range;
/// pointers begin below what was parsed.
link_options parse_link_options(const nlohmann::ordered_json& json,
                                const surroundings& around = {});

/// Bottlenecks by name, such as {"isp": {"rate": "10Mbit/s", "down": {"rate": "50Mbit/s"}}}.
std::map<std::string, std::array<impairments, 2>, std::less<>>
read_bottlenecks(const reading& at, const surroundings& around);

/// The same of a part of a document.
link_options read_link_options(const reading& at, const surroundings& around);
/// One direction, over what held before: keys that are not there keep their value.
impairments read_impairments_over(const impairments& before, const reading& at,
                                  const surroundings& around);

/// That direction of a link or of a change, over what held before.
impairments read_direction_over(const impairments& before, const reading& at, direction which,
                                const surroundings& around);

/// Both directions (up, down) over what held before, as a link's keys say: those of both, then "up"
/// and "down". No other keys of a link, such as a schedule.
std::array<impairments, 2> read_changes(const std::array<impairments, 2>& before, const reading& at,
                                        const surroundings& around);

/// What parse_link_options reads back to the same; a schedule with its changes written out.
nlohmann::json to_json(const link_options& options);
/// One direction: what is not the default.
nlohmann::json to_json(const impairments& asked);
/// The same with the defaults of what is asked for by its row: reading it replaces all that held.
nlohmann::json written_whole(const impairments& asked);

} // namespace badwire::link
