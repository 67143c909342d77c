// stream_segment.hpp: segments of a modelled TCP stream, what their fates depend on, and what is
// counted of them. Plain values.
//
// A segment's coordinate is its flow, direction, stream, kind, place in the stream and how many
// times it was sent before: no clock, so that a seed strikes the same segments in real and in
// virtual time. Bursts (Gilbert-Elliott) and at_most_in_a_row count the segments of one direction
// of one stream instead; its requests and its acknowledgments are counted apart.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "sim/link/impairments.hpp"

namespace badwire::link {

/// As large as fits into an Ethernet frame: bytes of payload.
inline constexpr std::size_t segment_bytes_max = 1460;

/// syn: a request, or its answer. end: FIN.
struct stream_segment {
    enum class kind : std::uint8_t { syn, data, end, acknowledgment };
    kind is = kind::data;
    std::uint64_t stream = 0; // of its flow
    std::uint64_t offset = 0; // of its first byte; of acknowledgments: of what they answer
    std::uint32_t before = 0; // how many times it was sent before
    std::uint32_t bytes = 0;  // of data
    /// Of data, where exact rules may look at it: see lane::looks_at_segments().
    std::span<const std::byte> contents{};
};

/// What models with a memory know of the segments before. One for each series of segments.
struct segment_memory {
    std::uint64_t index = 0;
    bool chain_begun = false, bad = false; // Gilbert-Elliott
    std::uint32_t lost_in_a_row = 0;
};

/// What TCP did in one direction of a link.
struct stream_counters {
    std::uint64_t segments = 0;      // requests, data and ends; each time that they were sent
    std::uint64_t lost = 0;          // of these
    std::uint64_t retransmitted = 0; // of these
    std::uint64_t bytes = 0;         // of data, each once
    std::uint64_t acknowledgments_lost = 0;
    std::uint64_t fast_retransmits = 0; // how often a sender found out by later segments
    std::uint64_t probes = 0;           // of tails (RFC 8985)
    std::uint64_t timeouts = 0;
    std::uint64_t stalls = 0; // how often bytes came late because of a loss
    duration stalled{0}, longest_stall{0};
    std::uint64_t rtt_samples = 0;
    duration rtt{0}; // their sum

    void add_stall(duration lasted)
    {
        ++stalls;
        stalled += lasted;
        longest_stall = std::max(longest_stall, lasted);
    }
};

} // namespace badwire::link
