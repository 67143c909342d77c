// flows_json.hpp: what each flow of a link counted, as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "sim/link/link.hpp"

namespace badwire::link {

/// {"client": {"up": counters, "down": counters}, …}: at most flows_told of them, by name. What the
/// others counted, and those that are forgotten, is the sum in "(others)"; it is missing where
/// there are none.
nlohmann::json flows_json(const lane& up, const lane& down);

inline constexpr std::size_t flows_told = 1000;

} // namespace badwire::link
