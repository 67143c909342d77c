// fidelity.hpp: whether a link did what it was asked to: asked and achieved, with 95 % intervals.
#pragma once

#include <cstdint>

#include <nlohmann/json_fwd.hpp>

#include "sim/link/fate.hpp"
#include "sim/link/impairments.hpp"

namespace badwire::link {

/// How long packets took that were to be delayed, and were neither copied nor held back for others.
/// Nanoseconds.
struct delay_statistics {
    std::uint64_t samples = 0;
    double sum_ns = 0;
    double sum_of_squares_ns = 0;
    double decided_sum_ns = 0; // of the delays that the link decided on

    void add(duration took, duration decided)
    {
        const auto ns = static_cast<double>(took.count());
        ++samples;
        sum_ns += ns;
        sum_of_squares_ns += ns * ns;
        decided_sum_ns += static_cast<double>(decided.count());
    }
};

/// An interval that holds a share with 95 % confidence (Wilson's), in [0, 1].
struct interval {
    double low, high;
};
interval wilson(double successes, double trials);

/// {"loss": {"asked", "achieved", "low", "high"}, "delay_ms": {"asked", "decided", "achieved",
/// "low", "high"}}. Loss counts only packets that reached the wire: not those dropped by exact
/// rules, cuts, MTU or the queue. "decided" is the mean of the drawn delays plus the waiting at the
/// rate, "asked" the mean of the delay's distribution. Numbers that do not exist are null: asked
/// ones where what is asked `changed` with time, achieved ones where nothing passed. Delays that
/// are correlated or queued are not independent, so their interval is too narrow; that of
/// Gilbert-Elliott losses takes the chain into account.
nlohmann::json fidelity_json(const impairments& asked, bool changed, const counters& count,
                             const delay_statistics& delays);

/// A direction as it stands in results: its counters, with "fidelity" beside them.
nlohmann::json direction_json(const impairments& asked, bool changed, const counters& count,
                              const delay_statistics& delays);

} // namespace badwire::link
