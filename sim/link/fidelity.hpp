// fidelity.hpp: whether a link did what it was asked to: asked and achieved, with 95 % intervals.
#pragma once

#include <cstdint>

#include <nlohmann/json_fwd.hpp>

#include "sim/link/fate.hpp"
#include "sim/link/impairments.hpp"

namespace badwire::link {

/// The delays of packets that were to be delayed, and neither copied nor held back for others: how
/// long each was on its way. Nanoseconds.
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
/// "low", "high"}}. Loss counts what reached the wire: neither exact rules, cuts, MTU nor the
/// queue. "decided" is the mean of the drawn delays and of waiting at the rate, "asked" the mean of
/// the delay's distribution. What there is no number for is null: what was asked where it `changed`
/// with time, what was achieved where nothing passed. Delays are not independent where they are
/// correlated or queued, so their interval is too narrow there; that of Gilbert-Elliott losses
/// takes the chain into account.
nlohmann::json fidelity_json(const impairments& asked, bool changed, const counters& count,
                             const delay_statistics& delays);

/// A direction as results have it: its counters, with "fidelity" beside them.
nlohmann::json direction_json(const impairments& asked, bool changed, const counters& count,
                              const delay_statistics& delays);

} // namespace badwire::link
