// lateness_json.hpp: a relay's lateness as JSON, as everything that runs a relay reports it.
#pragma once

#include <nlohmann/json.hpp>

#include "sim/relay/relay.hpp"

namespace badwire::relay {

/// In milliseconds, but for the number of samples.
inline nlohmann::json to_json(const lateness& late)
{
    const auto ms = [](std::chrono::nanoseconds time) {
        return std::chrono::duration<double, std::milli>(time).count();
    };
    return {{"samples", late.samples},
            {"p50", ms(late.p50)},
            {"p99", ms(late.p99)},
            {"p999", ms(late.p999)},
            {"max", ms(late.max)}};
}

} // namespace badwire::relay
