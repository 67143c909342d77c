// segments.hpp: tells the TCP segments of a link apart by their relative coordinates, so that the same
// segment is known again in another run, whatever its initial sequence numbers and ports. No I/O.
// Not thread-safe: one tracker belongs to the thread of its link, and sees both directions.
//
// A connection is a pair of addresses with ports. Each side's initial sequence number is learned from
// its SYN; a SYN with another one begins the connection anew, on ports that were used before. Where
// no SYN was seen, the first segment of a side begins at 1, as data behind a SYN would.
//
// Limit: at most connections_max are remembered, those used last; an older one is like one whose SYN
// was not seen.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "sim/hosts/frame.hpp"
#include "sim/link/segment.hpp"

namespace badwire::hosts {

class segment_tracker {
public:
    static constexpr std::size_t connections_max = 65'536;

    explicit segment_tracker(std::size_t most = connections_max) : most_(most) {}

    struct tracked {
        link::segment segment;
        std::span<const std::byte> canonical; // valid until the next call
    };
    /// The next segment of the link, of a frame of the kind tcp: as its sender sent it, so before
    /// anything was changed in it.
    tracked next(std::span<const std::byte> bytes, const frame& parsed);

    std::size_t connections() const { return known_.size(); }

private:
    struct end {
        boost::asio::ip::address at;
        std::uint16_t port = 0;
        bool operator==(const end&) const = default;
        std::weak_ordering operator<=>(const end&) const = default;
    };
    struct side {
        std::uint32_t initial = 0;
        std::uint64_t latest = 0; // relative: the highest sequence number so far
    };
    struct connection {
        std::array<end, 2> ends; // the smaller one first
        std::array<std::optional<side>, 2> sides{};
    };
    using recent = std::list<connection>; // the last used first

    connection& find(const std::array<end, 2>& ends);
    std::span<const std::byte> canonical(const link::segment& of, std::span<const std::byte> data);

    const std::size_t most_;
    recent recent_;
    std::map<std::array<end, 2>, recent::iterator> known_;
    std::vector<std::byte> canonical_;
};

} // namespace badwire::hosts
