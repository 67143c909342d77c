// options_json.hpp: link options from JSON, as scenarios and `badwire relay` write them:
//   {"loss": 0.05, "delay": "5ms",
//    "up": {"loss": {"model": "gilbert-elliott", "p": 0.01, "r": 0.3}},
//    "down": {"delay": {"uniform": ["1ms", "9ms"]}, "exact": [{"match": {"kind": "ack"}, "nth":
//    2}]}, "schedule": [{"at": "2s", "for": "500ms", "cut": true}]}
// What stands beside "up" and "down" holds both ways; what stands inside them wins.
// docs/impairments lists every key.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

#include <nlohmann/json_fwd.hpp>

#include "sim/link/impairments.hpp"
#include "sim/link/wires.hpp"

namespace badwire::link {

/// A mistake in link options: where (a JSON pointer below what was parsed) and what was expected.
struct options_error : std::runtime_error {
    options_error(std::string where, const std::string& what)
        : std::runtime_error(what), pointer(std::move(where))
    {
    }
    std::string pointer;
};

/// What options may refer to.
struct surroundings {
    std::filesystem::path folder{}; // of delivery traces
    wire_tables wires{};            // that were declared
};

/// Throws options_error: unknown key (with the nearest valid name), wrong type, out of range.
link_options parse_link_options(const nlohmann::json& json, const surroundings& around = {});
impairments parse_impairments(const nlohmann::json& json, const surroundings& around = {});
/// The same, over what held before: keys that are not there keep their value.
impairments parse_impairments_over(const impairments& before, const nlohmann::json& json,
                                   const surroundings& around = {});

/// What parse_link_options reads back to the same; a schedule with its changes written out.
nlohmann::json to_json(const link_options& options);
/// One direction: what is not the default.
nlohmann::json to_json(const impairments& asked);

} // namespace badwire::link
