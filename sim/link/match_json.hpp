// match_json.hpp: exact rules from JSON.
//   {"match": {"kind": "ack", "unit": 7}, "nth": 2, "action": "drop", "flow": "client"}
//   {"tcp": "syn", "nth": 2}
#pragma once

#include <array>
#include <string_view>

#include "impl/base/reading.hpp"
#include "sim/link/impairments.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::link {

/// The keys of a match that are not names of fields.
inline constexpr std::array<std::string_view, 6> match_keys{"wire",  "text",   "regex",
                                                            "bytes", "offset", "size"};

/// Which packets are meant: the keys tcp, match, nth and flow of an object; what to do with them is left
/// open. Throws or notes mistakes.
exact_rule parse_chosen_packets(const reading& at, const surroundings& around);

/// The same with the key action, and no others.
exact_rule parse_exact_rule(const reading& at, const surroundings& around);

} // namespace badwire::link
