// fate.hpp: what becomes of a packet, and why; and how often.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/link/impairments.hpp"

namespace badwire::link {

/// Where a packet stands in its flow and direction.
struct coordinate {
    std::uint64_t content = 0;    // XXH3 of the payload
    std::uint64_t occurrence = 0; // how many packets with these contents passed before
    std::uint64_t index = 0;      // how many packets passed before
    bool operator==(const coordinate&) const = default;
};

/// What a NAT on the path knows of the port that a packet leaves from, or is sent to.
enum class mapping : std::uint8_t {
    kept,
    renewed,  // the NAT had forgotten the client: the packet is the first from a new port
    forgotten // the port no longer belongs to the client
};

/// Why a packet was dropped.
enum class cause : std::uint8_t { none, exact, cut, mtu, queue, loss, rebind, partition, aqm };
inline constexpr std::size_t causes = 9;
std::string_view to_string(cause why);

/// The ECN field of a packet's IP header (RFC 3168, section 5).
namespace ecn {
inline constexpr std::uint8_t not_capable = 0, ect_1 = 1, ect_0 = 2, congestion_experienced = 3;
} // namespace ecn

/// A decision. The carrier drops the packet, or: flips bits (lane::corrupt), sends it after
/// `delay`, its copies after that, and holds it back for others to overtake.
struct fate {
    bool dropped = false;
    cause why = cause::none;
    bool in_bad_state = false;     // Gilbert-Elliott's state at the decision
    bool rebound = false;          // the first that the server sees from a new port
    bool waits = false;            // in a managed queue: its fate is decided later
    bool lost_after_queue = false; // of one that waits: as far as chance goes
    bool marked = false;           // leaves with congestion_experienced
    std::uint8_t ecn = 0;          // the codepoint that it came with
    std::uint16_t exact = 0;       // the rule (from 1) that applied last; 0: none
    std::uint16_t copies = 0;      // in addition to the packet itself
    std::uint16_t flip_bits = 0;   // how many; lane::corrupt knows which
    std::uint32_t partition = 0;   // what the lane's partitions say of it (from 1); 0: nothing
    std::uint16_t overtakers = 0;  // later packets of its flow that pass before it
    duration delay{0};             // from offer to departure, waiting in the queue included
    duration queued{0};           // the part spent at the bottleneck, waiting and being transmitted
    duration copy_after{0};       // between copies
    duration overtaken_within{0}; // the longest that it is held back for them
    coordinate at{};
    double loss_asked = 0;  // the probability that held
    double loss_drawn = 1;  // lost if it is below that
    double delay_drawn = 0; // the quantile of the delay's distribution
    double duplicate_drawn = 1, reorder_drawn = 1, corrupt_drawn = 1;
    double aqm_drawn = 1, aqm_asked = 0; // signalled congestion if it is below that probability

    /// Passed as if the link were not there.
    bool untouched() const
    {
        return !dropped && delay == duration(0) && copies == 0 && flip_bits == 0 &&
               overtakers == 0 && !rebound && !marked && !waits;
    }
    bool operator==(const fate&) const = default;
};

/// Of a segment of TCP: flipped bits lose it, because its checksum does not match.
inline bool segment_lost(const fate& met) { return met.dropped || met.flip_bits > 0; }

/// Why a packet met its fate, for people: rule, asked value, drawn value, outcome. `asked` is what
/// held at the decision. Empty for a packet that passed untouched.
std::string explain(const impairments& asked, const fate& decided);

/// offered + duplicated = delivered + dropped + undeliverable + on their way.
struct counters {
    std::uint64_t offered = 0;
    std::uint64_t delivered = 0; // copies, too; counted by the carrier
    std::uint64_t dropped = 0;
    std::uint64_t duplicated = 0; // copies made
    std::uint64_t corrupted = 0;
    std::uint64_t reordered = 0; // delivered after a packet of the same flow that was offered later
    std::uint64_t offered_bytes = 0;
    std::uint64_t delivered_bytes = 0;
    std::uint64_t rebound = 0;       // first packets from a new port: see rebind_model
    std::uint64_t marked = 0;        // by an AQM, instead of a drop (ECN)
    std::uint64_t not_capable = 0;   // dropped by an AQM that marks, as the sender knows no ECN
    std::uint64_t undeliverable = 0; // let through, but the carrier could not hand it on
    std::array<std::uint64_t, causes> dropped_by{}; // by cause
    bool operator==(const counters&) const = default;

    counters& operator+=(const counters& others);
    /// One that was delivered was not taken by anybody.
    void refused(std::uint64_t bytes)
    {
        --delivered;
        delivered_bytes -= bytes;
        ++undeliverable;
    }
};

/// A counter and the name that reports give it. dropped_by is not among them: it has a name for
/// each cause.
struct named_counter {
    std::string_view name;
    std::uint64_t counters::*value;
};
inline constexpr std::array named_counters{
    named_counter{"offered", &counters::offered},
    named_counter{"delivered", &counters::delivered},
    named_counter{"dropped", &counters::dropped},
    named_counter{"duplicated", &counters::duplicated},
    named_counter{"corrupted", &counters::corrupted},
    named_counter{"reordered", &counters::reordered},
    named_counter{"rebound", &counters::rebound},
    named_counter{"marked", &counters::marked},
    named_counter{"not_capable", &counters::not_capable},
    named_counter{"undeliverable", &counters::undeliverable},
    named_counter{"offered_bytes", &counters::offered_bytes},
    named_counter{"delivered_bytes", &counters::delivered_bytes}};

/// Packets that were let through and have not arrived.
constexpr std::uint64_t in_flight(const counters& of)
{
    return of.offered + of.duplicated - of.delivered - of.dropped - of.undeliverable;
}

inline counters& counters::operator+=(const counters& others)
{
    for (const named_counter& one : named_counters) this->*one.value += others.*one.value;
    for (std::size_t i = 0; i < causes; ++i) dropped_by[i] += others.dropped_by[i];
    return *this;
}

} // namespace badwire::link
