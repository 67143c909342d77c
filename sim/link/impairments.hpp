// impairments.hpp: what a link can be asked to do, as plain values. docs/impairments explains each
// with a picture and its source; options_json.hpp reads and writes them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/link/course.hpp"
#include "sim/link/partition.hpp"
#include "sim/link/segment.hpp"

namespace badwire::link {

using duration = std::chrono::nanoseconds;

/// up: towards the server. down: towards the client.
enum class direction { up, down };
constexpr direction opposite(direction of)
{
    return of == direction::up ? direction::down : direction::up;
}
std::string_view to_string(direction which);

/// Loss: independent (Bernoulli), or in bursts after Gilbert and Elliott: a chain of two states
/// with a loss probability in each. Before each packet but the first the chain changes from good to
/// bad with probability p and back with r; it begins in its stationary distribution.
struct loss_model {
    loss_model() = default;
    loss_model(double chance) : probability(chance) {} // NOLINT(google-explicit-constructor)

    bool bursts = false;    // Gilbert-Elliott
    double probability = 0; // of independent loss, 0 to 1
    double p = 0, r = 1;    // good to bad, bad to good
    double in_good = 0, in_bad = 1;
    std::uint32_t at_most_in_a_row = 0; // packets of one flow; 0: no limit
    link::course course{};              // of the probability, instead of it

    /// Gilbert and Elliott's by what they lose on average, 0 to 1, and how many packets a burst has
    /// on average: r = 1 / burst, p = r average / (1 - average).
    static loss_model by_mean(double average, double burst);

    /// The probability of independent loss that holds at `now`.
    double probability_at(duration now) const { return course ? course.at(now) : probability; }
    /// The share of packets that is lost in the long run; nothing where it goes with the time, or
    /// where bursts are bounded by at_most_in_a_row, for which there is no closed form.
    std::optional<double> share() const;
    bool operator==(const loss_model&) const = default;
};

/// Delay: how long a packet takes, drawn for each. Draws below zero count as zero.
struct delay_model {
    enum class distribution { constant, uniform, normal, lognormal, pareto, table };

    delay_model() = default;
    /// Uniform in [least, most]; constant when both are equal.
    delay_model(duration least, duration most);
    static delay_model normal(duration mean, duration stddev);
    static delay_model lognormal(duration mean, duration stddev); // of the delay, not its logarithm
    static delay_model pareto(duration scale, double shape);      // P(D > x) = (scale / x)^shape
    static delay_model table(std::vector<duration> values);       // each equally likely

    distribution shape_of = distribution::constant;
    duration first{0};  // constant; least; mean; scale
    duration second{0}; // most; stddev
    double shape = 0;   // Pareto's
    std::vector<duration> values{};
    std::optional<duration> at_most{}; // longer draws count as this
    double correlation = 0;            // between the delays of neighbouring packets, 0 to 1
    bool keep_order = false;           // no packet of a flow overtakes another
    link::course course{};             // of a constant delay in ns, instead of it

    /// Of a constant delay: the one that holds at `now`.
    duration constant_at(duration now) const;
    bool is_zero() const { return is_constant() && first == duration(0) && !course; }
    bool is_constant() const { return shape_of == distribution::constant; }
    bool operator==(const delay_model&) const = default;
};

/// Extra copies: `least` to `most` of them; the first leaves `after` the original, each further one
/// as much after the copy before.
struct duplicate_model {
    double probability = 0;
    std::uint32_t least = 1, most = 1;
    duration after{0};
    bool operator==(const duplicate_model&) const = default;
};

/// A packet is held back until `least` to `most` later packets of its flow have overtaken it, but
/// no longer than `within`.
struct reorder_model {
    double probability = 0;
    std::uint32_t least = 1, most = 1;
    duration within = std::chrono::milliseconds(100);
    bool operator==(const reorder_model&) const = default;
};

/// `least` to `most` different bits of the payload are flipped.
struct corrupt_model {
    double probability = 0;
    std::uint32_t least = 1, most = 1;
    bool operator==(const corrupt_model&) const = default;
};

/// When a packet of up to 1500 bytes may leave, in milliseconds, never falling. After the last time
/// the list starts again, counted from that time: mahimahi's format.
struct delivery_trace {
    std::string file; // where it was read
    std::vector<std::uint32_t> at_ms;
    bool operator==(const delivery_trace&) const = default;
};

/// A bottleneck: so many bits a second, or a delivery trace, behind a queue that drops its tail.
/// All flows of a direction share it.
struct rate_model {
    double bits_per_second = 0;                    // 0: as many as come
    link::course course{};                         // of the bits a second, instead
    std::shared_ptr<const delivery_trace> trace{}; // instead
    std::uint64_t queue_packets = 100;             // that wait, without the one in transmission
    std::uint64_t queue_bytes = 0;                 // 0: no limit
    std::uint32_t overhead_bytes = 0;              // that each packet has on top of its payload
    std::uint64_t burst_bytes = 0; // of a token bucket: what may leave at once after a pause

    bool limited() const { return bits_per_second > 0 || course || trace != nullptr; }
    /// The rate that holds at `now`.
    double bits_per_second_at(duration now) const
    {
        return course ? course.at(now) : bits_per_second;
    }
    bool operator==(const rate_model& other) const;
};

/// Active queue management of the rate's queue: what is dropped, or marked, before the queue is
/// full. RFC 8289 (CoDel), RFC 8290 (FQ-CoDel), RFC 8033 (PIE).
struct aqm_model {
    enum class discipline { none, codel, fq_codel, pie };

    discipline is = discipline::none;
    duration target{0};
    duration interval{0};            // CoDel's; PIE's period of updates
    std::uint32_t quantum_bytes = 0; // FQ-CoDel: that a flow may send in its turn
    duration burst{0};               // PIE: how long a burst is let through at first
    bool ecn = false; // packets of capable senders are marked (CE) instead of dropped (RFC 3168)

    static aqm_model codel();
    static aqm_model fq_codel();
    static aqm_model pie();

    bool asked() const { return is != discipline::none; }
    bool operator==(const aqm_model&) const = default;
};

/// A NAT on the path, with the clients behind it: a mapping tells it each client's port, and it
/// forgets the mapping once the client has sent nothing for `after_idle`, or at these times. Then
/// the server sees the client from a new port (up), and packets to the old port are dropped (down).
struct rebind_model {
    std::optional<duration> after_idle{};
    std::vector<duration> at{}; // since the link's start, rising

    bool asked() const { return after_idle || !at.empty(); }
    /// Whether a mapping that was last used at `used` is forgotten at `now`.
    bool forgets(duration used, duration now) const;
    bool operator==(const rebind_model&) const = default;
};

/// What a packet must look like.
struct match {
    struct number {
        std::size_t offset = 0;
        std::size_t size = 1; // bytes, 1 to 8
        bool big_endian = true;
        std::uint64_t value = 0;
        bool operator==(const number&) const = default;
    };
    struct bytes_at {
        std::size_t offset = 0;
        std::string bytes;
        bool operator==(const bytes_at&) const = default;
    };
    std::vector<bytes_at> bytes{};
    std::vector<number> numbers{};
    std::string text{};  // anywhere in the payload; empty: any
    std::string regex{}; // ECMAScript, anywhere in the payload; empty: any
    std::uint64_t bytes_least = 0, bytes_most = UINT64_MAX;
    bool operator==(const match&) const = default;
};

/// An action on exactly these packets.
struct exact_rule {
    std::optional<segment_match> tcp{}; // nothing: datagrams only; else segments only
    link::match match{};                // of a segment: of its data
    std::string flow{};                 // empty: any
    std::vector<std::uint64_t> nth{};   // among those that match, from 1, rising; empty: from .. to
    std::uint64_t from = 1, to = UINT64_MAX, every = 1;

    bool drop = false;
    duration delay{0}; // in addition to the delay model's
    std::uint32_t copies = 0;
    std::uint32_t flip_bits = 0;

    std::string written{}; // the rule as JSON, for messages and to_json
    bool operator==(const exact_rule&) const = default;
};

/// What happens to TCP connections in one direction, in addition to delay and rate. Bytes and times
/// count from the connection's start.
struct stream_faults {
    double refuse = 0; // share of connections that are reset at once
    std::optional<std::uint64_t> reset_after_bytes{};
    std::optional<duration> reset_after{};
    std::optional<std::uint64_t> close_after_bytes{}; // the stream ends here, and the rest is lost
    std::optional<duration> close_after{};
    duration close_delay{0}; // of the stream's end, in addition to that of its bytes
    std::optional<std::uint64_t> stall_after_bytes{};
    std::optional<duration> stall_for{};    // nothing: for ever
    std::uint32_t slice_bytes = 0;          // pieces of at most so many bytes; 0: any size
    std::uint32_t slice_variation = 0;      // drawn for each piece, up to so many more or fewer
    duration slice_gap{0};                  // between pieces
    std::uint64_t window_bytes = 256 << 10; // sent and not yet acknowledged, at most
    bool operator==(const stream_faults&) const = default;
};

/// All that one direction of a link does. A packet meets, in this order: exact rules, partitions, cut, the NAT
/// (rebind), MTU, the bottleneck's queue (rate), then on the wire loss, corruption, duplication,
/// delay and reordering.
struct impairments {
    loss_model loss{};
    delay_model delay{};
    duplicate_model duplicate{};
    reorder_model reorder{};
    corrupt_model corrupt{};
    rate_model rate{};
    aqm_model aqm{};       // of the rate's queue
    std::uint64_t mtu = 0; // bytes of payload; larger datagrams are dropped; 0: no limit
    bool cut = false;      // nothing passes
    rebind_model rebind{};
    std::vector<exact_rule> exact{};
    stream_faults tcp{};
    bool operator==(const impairments&) const = default;
};

/// What holds from `at` on (since the link's start).
struct change {
    duration at{0};
    impairments now{};
    bool operator==(const change&) const = default;
};

/// The part of a schedule that comes again and again: its changes from `first` up to `end`, each time
/// `every` later than before. A change after them ends that.
struct repetition {
    std::size_t first = 0, end = 0;
    duration every{0}; // 0: nothing comes again
    bool operator==(const repetition&) const = default;
};

/// Both directions of a link, and their later changes in order of time.
struct link_options {
    impairments up{};
    impairments down{};
    std::vector<change> up_changes{};
    std::vector<change> down_changes{};
    repetition up_again{}, down_again{}; // of the changes
    std::vector<partition> partitions{};
    /// Of a flow that is one process's own: the process that it goes to, which partitions must know.
    std::map<std::string, std::string, std::less<>> goes_to{};
    /// A server sees the port from which a client sends its datagrams, where it is free at another
    /// loopback address (kept_port.hpp); where a server is on another machine, at any address.
    bool keep_ports = false;
    /// The bottleneck that it shares with other links, whose rate and AQM it has (see
    /// shared_bottlenecks.hpp); empty: it has its own.
    std::string bottleneck{};
    bool operator==(const link_options&) const = default;
};

/// From then on the link is clean, for good.
void heal(link_options& link, duration at);

} // namespace badwire::link
