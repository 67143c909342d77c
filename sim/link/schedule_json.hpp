// schedule_json.hpp: what changes with time, as options write it:
//   [{"at": "2s", "for": "500ms", "cut": true}, {"at": "0s", "for": "1s", "every": "10s", "loss": 0.2}]
//   {"every": "10s", "changes": [{"at": "2s", "rate": "1Mbit/s"}]}
#pragma once

#include <span>
#include <string_view>

#include "impl/base/reading.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::link {

/// Reads a schedule into the changes of both directions, which hold the base already. What comes again
/// with several periods comes again all together after their least common multiple.
void read_schedule(const reading& at, link_options& into, const surroundings& around);

/// What read_schedule() reads back as the same; null: none.
nlohmann::json write_schedule(const link_options& options);

} // namespace badwire::link
