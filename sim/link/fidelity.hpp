// fidelity.hpp: whether a link did what it was asked to: asked and achieved, with 95 % intervals.
#pragma once

#include <cstdint>

#include <nlohmann/json_fwd.hpp>

#include "sim/link/delay_statistics.hpp"
#include "sim/link/fate.hpp"
#include "sim/link/impairments.hpp"

namespace badwire::link {

/// {"loss": {"asked", "achieved", "low", "high"}, "delay_ms": {"asked", "decided", "achieved",
/// "low", "high", "samples", "effective_samples"}}. Loss counts only packets that reached the wire:
/// not those dropped by exact rules, cuts, MTU or the queue. Delays are those of all packets that
/// were to be delayed, also by nothing. "decided" is the mean of the drawn delays plus the waiting
/// at the rate, "asked" the mean of the delay's distribution. Numbers that do not exist are null:
/// asked ones where what is asked `changed` with time, achieved ones where nothing passed.
/// Neighbours may be alike: the interval of Gilbert-Elliott losses takes the chain into account,
/// that of delays the asked correlation and what is seen in the delays themselves, of which
/// "effective_samples" independent ones would tell as much.
nlohmann::json fidelity_json(const impairments& asked, bool changed, const counters& count,
                             const delay_statistics& delays);

/// A direction as it stands in results: its counters, with "fidelity" beside them.
nlohmann::json direction_json(const impairments& asked, bool changed, const counters& count,
                              const delay_statistics& delays);

} // namespace badwire::link
