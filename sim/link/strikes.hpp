// strikes.hpp: how often each impairment of a direction did something, and when the direction was
// last used. A run whose impairments did nothing proves nothing about them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "sim/link/impairments.hpp"

namespace badwire::link {

/// An exact rule that was in force at some time.
struct rule_strikes {
    std::string written;       // the rule as JSON
    std::uint64_t matched = 0; // packets that looked as asked
    std::uint64_t struck = 0;  // those among them that the rule acted on
};

struct strikes {
    /// In the order of impairment_table(): datagrams that it did something to, plus connections
    /// that it did something to.
    std::vector<std::uint64_t> by_impairment;
    std::vector<rule_strikes> rules;   // in the order in which they came into force
    std::uint64_t connections = 0;     // TCP
    std::optional<duration> last_used; // the last datagram or bytes; since the link's start

    std::uint64_t of(std::string_view impairment) const;
};

/// {"struck": {"loss": 3}, "rules": [{"rule": {…}, "matched": 5, "struck": 1}], "connections": 0,
/// "last_used_ms": 12.5}. "struck" has the impairments that are asked for at some time; "rules" is
/// left out where there are none, and "last_used_ms" is null if nothing came.
nlohmann::json strikes_json(const strikes& count, const impairments& asked,
                            const std::vector<change>& changes);

/// {"faults.1": 3}: how many packets and connections each partition has stopped.
nlohmann::json partitions_json(const partition_state& all);

} // namespace badwire::link
