// kept_frame.hpp: a frame on its way through links.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "sim/hosts/frame.hpp"
#include "sim/link/conveyor.hpp"

namespace badwire::hosts {

struct way;
class frame_link;

/// As link::conveyor wants it: payload() is what the link decides over and may corrupt.
struct kept_frame {
    std::span<std::byte> payload() { return parsed.payload(std::span(bytes)); }

    link::packet_facts facts{};
    std::vector<std::byte> bytes;
    frame parsed;
    const way* along = nullptr; // the part of its way on which it is now
};
using frame_handle = std::unique_ptr<kept_frame>;

} // namespace badwire::hosts
