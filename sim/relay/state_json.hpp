// state_json.hpp: a relay's state as JSON, the same in all reports.
#pragma once

#include <nlohmann/json.hpp>

#include "sim/link/counters_json.hpp"
#include "sim/relay/relay.hpp"

namespace badwire::relay {

/// In milliseconds, except the number of samples.
inline nlohmann::json to_json(const lateness& late)
{
    const auto ms = [](std::chrono::nanoseconds time) {
        return std::chrono::duration<double, std::milli>(time).count();
    };
    return {{"samples", late.samples}, {"p50", ms(late.p50)}, {"p99", ms(late.p99)},
            {"p999", ms(late.p999)},   {"max", ms(late.max)}, {"behind", ms(late.behind)}};
}

/// {"up": counters and fidelity, "down": …, "lateness_ms": …, "refused": …, "dropped_by_kernel": …};
/// where there were connections, "tcp" beside the counters.
inline nlohmann::json state_json(const relay& of)
{
    const auto direction = [&of](link::direction which) {
        auto made = link::direction_json(of.first_asked(which), of.changed(which), of.count(which),
                                         of.delays(which));
        const link::stream_counters& tcp = of.decisions(which).streams();
        if (tcp.segments > 0) made["tcp"] = link::to_json(tcp);
        return made;
    };
    return {{"up", direction(link::direction::up)},
            {"down", direction(link::direction::down)},
            {"lateness_ms", to_json(of.how_late())},
            {"refused", of.refused()},
            {"dropped_by_kernel", of.dropped_by_kernel()}};
}

} // namespace badwire::relay
