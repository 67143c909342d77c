// counters_json.hpp: a direction's counters as JSON, the same in all reports.
#pragma once

#include <nlohmann/json.hpp>

#include "sim/link/fate.hpp"
#include "sim/link/stream_segment.hpp"

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

/// What TCP did: segments by their fate, bytes, how losses were found, and times.
inline nlohmann::json to_json(const stream_counters& count)
{
    const auto ms = [](duration time) {
        return std::chrono::duration<double, std::milli>(time).count();
    };
    const auto samples = static_cast<double>(count.rtt_samples);
    return {{"segments", count.segments},
            {"lost", count.lost},
            {"retransmitted", count.retransmitted},
            {"bytes", count.bytes},
            {"acknowledgments_lost", count.acknowledgments_lost},
            {"fast_retransmits", count.fast_retransmits},
            {"probes", count.probes},
            {"timeouts", count.timeouts},
            {"stalls", count.stalls},
            {"stalled_ms", ms(count.stalled)},
            {"longest_stall_ms", ms(count.longest_stall)},
            {"rtt_ms", samples > 0 ? nlohmann::json(ms(count.rtt) / samples) : nlohmann::json()}};
}

} // namespace badwire::link
