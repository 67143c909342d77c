// counters_json.hpp: a direction's counters as JSON, the same in all reports.
#pragma once

#include <nlohmann/json.hpp>

#include "sim/link/fate.hpp"

namespace badwire::link {

/// Packets by their fate, and bytes.
inline nlohmann::json to_json(const counters& count)
{
    nlohmann::json made;
    for (const named_counter& one : named_counters) made[std::string(one.name)] = count.*one.value;
    made["in_flight"] = in_flight(count);
    for (std::size_t i = 1; i < causes; ++i) // 0 is none
        made["dropped_by"][std::string(to_string(static_cast<cause>(i)))] = count.dropped_by[i];
    return made;
}

} // namespace badwire::link
