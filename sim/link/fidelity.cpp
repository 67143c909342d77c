#include "sim/link/fidelity.hpp"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "impl/base/share.hpp"
#include "sim/link/counters_json.hpp"
#include "sim/link/delay_sampler.hpp"

namespace badwire::link {
namespace {

using nlohmann::json;

constexpr double z = 1.959963984540054; // the normal distribution's 97.5 % quantile

json loss_json(const loss_model& asked, bool changed, const counters& count)
{
    const auto by = [&](cause why) {
        return static_cast<double>(count.dropped_by[static_cast<std::size_t>(why)]);
    };
    const double lost = by(cause::loss);
    const double offered =
        static_cast<double>(count.offered) - (static_cast<double>(count.dropped) - lost);
    const auto share = asked.share();
    json made{{"asked", changed || !share ? json() : json(*share)},
              {"achieved", nullptr},
              {"low", nullptr},
              {"high", nullptr}};
    if (offered <= 0) return made;
    // Of a chain whose neighbouring states have correlation c, n packets tell as much as n (1 - c)
    // / (1 + c) independent ones.
    const double chained =
        asked.bursts && !changed ? std::clamp(1 - asked.p - asked.r, 0.0, 0.999) : 0;
    const double worth = (1 - chained) / (1 + chained);
    const auto likely = wilson(lost * worth, offered * worth);
    made["achieved"] = lost / offered;
    made["low"] = likely.low;
    made["high"] = likely.high;
    return made;
}

json delay_json(const delay_model& asked, bool changed, const delay_statistics& delays)
{
    const auto ms = [](double ns) { return ns / 1e6; };
    changed |= static_cast<bool>(asked.course);
    const delay_sampler sampler(asked);
    const double mean = sampler.mean_ns();
    json made{{"asked", changed || !std::isfinite(mean) ? json() : json(ms(mean))},
              {"decided", nullptr},
              {"achieved", nullptr},
              {"low", nullptr},
              {"high", nullptr},
              {"samples", delays.samples()},
              {"effective_samples", nullptr}};
    if (delays.samples() == 0) return made;
    const double inflation =
        std::max(delays.inflation(), changed ? 1.0 : sampler.variance_inflation());
    const double worth = std::max(1.0, static_cast<double>(delays.samples()) / inflation);
    const double achieved = delays.mean_ns();
    const double margin = z * std::sqrt(delays.variance_ns2() / worth);
    made["effective_samples"] = worth;
    made["decided"] = ms(delays.decided_mean_ns());
    made["achieved"] = ms(achieved);
    made["low"] = ms(achieved - margin);
    made["high"] = ms(achieved + margin);
    return made;
}

} // namespace

json fidelity_json(const impairments& asked, bool changed, const counters& count,
                   const delay_statistics& delays)
{
    return {{"loss", loss_json(asked.loss, changed, count)},
            {"delay_ms", delay_json(asked.delay, changed, delays)}};
}

json direction_json(const impairments& asked, bool changed, const counters& count,
                    const delay_statistics& delays)
{
    json made = to_json(count);
    made["fidelity"] = fidelity_json(asked, changed, count, delays);
    return made;
}

} // namespace badwire::link
