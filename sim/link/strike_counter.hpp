// strike_counter.hpp: counts the strikes of one direction, for a lane. Not thread-safe.
#pragma once

#include <span>

#include "sim/link/fate.hpp"
#include "sim/link/strikes.hpp"

namespace badwire::link {

class exact_matcher;

class strike_counter {
public:
    /// From now on these impairments are asked for.
    void watch(const impairments& asked);
    /// A datagram met this fate.
    void count(const impairments& asked, const fate& decided);
    /// An exact rule is no longer in force.
    void retire(const exact_matcher& rule);
    /// Something was offered.
    void used(duration now) { last_used_ = now; }

    /// A stream has begun.
    void stream_opened() { ++streams_; }
    /// This impairment did something to a stream. To be said once for each stream.
    void stream_struck(std::string_view impairment);

    /// All so far; `in_force`: the rules that are not retired.
    strikes so_far(std::span<const exact_matcher> in_force) const;

private:
    std::vector<rule_strikes> retired_;
    std::vector<std::size_t> watched_; // places in the table
    std::vector<std::uint64_t> struck_;
    std::uint64_t streams_ = 0;
    std::optional<duration> last_used_;
};

} // namespace badwire::link
