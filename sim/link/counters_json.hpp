// counters_json.hpp: a direction's counters as JSON, as everything that runs a relay reports them.
#pragma once

#include <nlohmann/json.hpp>

#include "sim/link/fate.hpp"

namespace badwire::link {

/// Packets by what became of them; no bytes.
inline nlohmann::json to_json(const counters& count)
{
    return {{"offered", count.offered},
            {"delivered", count.delivered},
            {"dropped", count.dropped},
            {"duplicated", count.duplicated},
            {"corrupted", count.corrupted},
            {"reordered", count.reordered},
            {"undeliverable", count.undeliverable}};
}

} // namespace badwire::link
