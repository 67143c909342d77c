// options_json.hpp: link options from JSON, as scenarios and `badwire relay` write them:
//   {"loss": 0.05, "delay": "5ms",
//    "up": {"loss": 0.1}, "down": {"delay": {"uniform": ["1ms", "9ms"]}}}
// What stands beside "up" and "down" holds both ways; what stands inside them wins.
#pragma once

#include <stdexcept>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "sim/link/link.hpp"

namespace badwire::link {

/// A mistake in link options: where (a JSON pointer below what was parsed) and what was expected.
struct options_error : std::runtime_error {
    options_error(std::string where, const std::string& what)
        : std::runtime_error(what), pointer(std::move(where))
    {
    }
    std::string pointer;
};

/// Throws options_error: unknown key (with the nearest valid name), wrong type, out of range.
link_options parse_link_options(const nlohmann::json& json);
impairments parse_impairments(const nlohmann::json& json);

/// What parse_link_options reads back to the same.
nlohmann::json to_json(const link_options& options);

} // namespace badwire::link
