// kept_frame.hpp: a frame on its way through links.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "sim/hosts/frame.hpp"
#include "sim/link/conveyor.hpp"
#include "sim/link/segment.hpp"

namespace badwire::hosts {

struct way;
class frame_link;

/// What a link decides over, counts, and may corrupt: a datagram's payload; of a TCP segment so much of
/// its header, too, as its canonical bytes have.
inline std::span<std::byte> decided_part(std::span<std::byte> bytes, const frame& parsed)
{
    if (parsed.kind != frame_kind::tcp) return parsed.payload(bytes);
    return bytes.subspan(parsed.payload_offset - link::segment_header_bytes,
                         link::segment_header_bytes + parsed.payload_bytes);
}

/// As link::conveyor wants it.
struct kept_frame {
    std::span<std::byte> payload() { return decided_part(bytes, parsed); }

    std::span<const std::byte> whole() const { return bytes; }

    link::packet_facts facts{};
    std::vector<std::byte> bytes;
    frame parsed;
    const way* along = nullptr; // the part of its way on which it is now
};
using frame_handle = std::unique_ptr<kept_frame>;

} // namespace badwire::hosts
