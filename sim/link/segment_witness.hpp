// segment_witness.hpp: an object that is shown the segments of one connection, as they are sent.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "sim/link/stream_segment.hpp"

namespace badwire::link {

/// Valid during the call only. Times are since the link's start.
struct seen_segment {
    direction which; // it goes
    stream_segment what;
    std::span<const std::byte> payload{};
    duration sent{0};
    std::optional<duration> arrives{}; // nothing: it is lost
    bool reset = false;
    std::string why{}; // it met this fate
};

class segment_witness {
public:
    virtual ~segment_witness() = default;
    virtual void saw(const seen_segment& one) = 0;
};

} // namespace badwire::link
