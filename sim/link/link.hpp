// link.hpp: what a link does to a packet. Clock-free, seeded, pure: given a packet and the link's
// state, decide() says its fate; carrying it out in real or in virtual time is somebody else's job.
//
// The same seed is the same network. A decision is a keyed hash of (seed, link, direction, flow,
// rule, coordinate), never a number drawn in turn from a generator. The coordinate of a packet is
// its contents and how many times these contents have passed in its flow and direction before, so
// one extra retransmission does not shift the fate of everything after it.
//
// Not thread-safe: one link belongs to one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace badwire::link {

using duration = std::chrono::nanoseconds;

/// up: towards the server. down: towards the client.
enum class direction { up, down };
std::string_view to_string(direction which);

/// Delay drawn uniformly from [least, most]; constant when both are equal. Packets whose delays
/// differ may overtake each other.
struct delay_model {
    duration least{0};
    duration most{0};
    bool operator==(const delay_model&) const = default;
};

/// What one direction of a link does to packets.
struct impairments {
    double loss = 0; // probability, 0 to 1
    delay_model delay;
    bool operator==(const impairments&) const = default;
};

/// Both directions of a link.
struct link_options {
    impairments up;
    impairments down;
    bool operator==(const link_options&) const = default;
};

/// Where a packet stands in its flow and direction.
struct coordinate {
    std::uint64_t content = 0;    // XXH3 of the payload
    std::uint64_t occurrence = 0; // how many packets with these contents passed before
    std::uint64_t index = 0;      // how many packets passed before
    bool operator==(const coordinate&) const = default;
};

/// What becomes of a packet, and why.
struct fate {
    bool dropped = false;
    duration delay{0};
    coordinate at{};
    double loss_drawn = 1; // dropped because this was under the asked loss
    bool operator==(const fate&) const = default;
};

/// Whether decide() finds out a packet's content and occurrence even where nothing depends on them
/// (no loss, or all of it; a constant delay). A trace wants that; else it saves a pass over the
/// payload. Either way the same packets meet the same fate.
enum class coordinates { always, if_needed };

struct counters {
    std::uint64_t offered = 0;
    std::uint64_t delivered = 0; // set by the carrier, which knows
    std::uint64_t dropped = 0;
    std::uint64_t duplicated = 0;
    std::uint64_t corrupted = 0;
    std::uint64_t reordered = 0; // delivered after a packet of the same flow that was offered later
    std::uint64_t offered_bytes = 0;
    std::uint64_t delivered_bytes = 0;
    std::uint64_t undeliverable = 0; // let through, but the carrier could not hand it on
    bool operator==(const counters&) const = default;
};

/// One flow in one direction: knows the key of its decisions and which contents have passed.
/// Memory is bounded: contents not seen among the last 2^20 to 2^21 different ones of the flow
/// count as new.
class flow;

/// One direction of one link.
class lane {
public:
    lane(std::uint64_t seed, std::string_view link, direction which, const impairments& asked);
    ~lane();
    lane(lane&&) noexcept;

    /// Decides over the next packet of the flow called `flow_name`, known to the caller as the
    /// handle that open_flow returned.
    fate decide(flow& of, std::span<const std::byte> payload,
                coordinates wanted = coordinates::always);

    /// For the carrier: the packet with that index (of its coordinate) has arrived. Counts it as
    /// delivered, and as reordered when one that was offered later arrived before it.
    void delivered(flow& of, std::uint64_t index, std::size_t bytes);

    /// The delay of a piece of a byte stream, the piece that begins at `offset` of the stream-th
    /// stream of this flow. Counts nothing: a stream is not made of the link's packets.
    duration stream_delay(const flow& of, std::uint64_t stream, std::uint64_t offset) const;

    /// The flow of that name; made on first use, lives as long as the lane or until forgotten.
    flow& open_flow(std::string_view flow_name);

    /// Frees what is known of the flow; the handle is dead. Counters stay.
    void forget_flow(flow& of);

    const impairments& asked() const;
    counters& count();
    const counters& count() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace badwire::link
