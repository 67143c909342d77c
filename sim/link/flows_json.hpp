// flows_json.hpp: what each flow of a link counted, as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "sim/link/link.hpp"

namespace badwire::link {

/// {"client": {"up": counters, "down": counters}, …}: at most flows_told flows, by name. "(others)"
/// is the sum over all further flows and over forgotten ones; it is missing where there are none.
nlohmann::json flows_json(const lane& up, const lane& down);

inline constexpr std::size_t flows_told = 1000;

} // namespace badwire::link
