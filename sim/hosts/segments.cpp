#include "sim/hosts/segments.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace badwire::hosts {
namespace {

constexpr std::uint64_t first_of_data = 1;

// Sequence numbers wrap around: of all that are meant by this one, the nearest to `latest`.
std::uint64_t unwrapped(std::uint32_t relative, std::uint64_t latest)
{
    const auto ahead = static_cast<std::int32_t>(relative - static_cast<std::uint32_t>(latest));
    const std::int64_t found = static_cast<std::int64_t>(latest) + ahead;
    return found < 0 ? relative : static_cast<std::uint64_t>(found);
}

} // namespace

segment_tracker::tracked segment_tracker::next(std::span<const std::byte> bytes,
                                               const frame& parsed)
{
    assert(parsed.kind == frame_kind::tcp);
    std::array ends{end{parsed.from, parsed.from_port}, end{parsed.to, parsed.to_port}};
    const std::size_t mine = ends[0] <= ends[1] ? 0 : 1;
    if (mine == 1) std::swap(ends[0], ends[1]);
    connection& of = find(ends);

    const std::uint32_t number = parsed.tcp.sequence;
    const bool syn = (parsed.tcp.flags & link::tcp_flags::syn) != 0;
    const bool opens = syn && (parsed.tcp.flags & link::tcp_flags::ack) == 0;
    std::optional<side>& sender = of.sides[mine];
    if (syn && (!sender || sender->initial != number)) {
        if (opens) of.sides = {};
        sender = side{number};
    }
    if (!sender) sender = side{number - static_cast<std::uint32_t>(first_of_data), first_of_data};

    const auto data = parsed.payload(bytes);
    link::segment made{.sequence = unwrapped(number - sender->initial, sender->latest),
                       .bytes = static_cast<std::uint32_t>(data.size()),
                       .flags = parsed.tcp.flags};
    sender->latest = std::max(sender->latest, made.sequence);
    return {made, canonical(made, data)};
}

segment_tracker::connection& segment_tracker::find(const std::array<end, 2>& ends)
{
    if (!recent_.empty() && recent_.front().ends == ends) return recent_.front();
    if (const auto known = known_.find(ends); known != known_.end()) {
        recent_.splice(recent_.begin(), recent_, known->second);
        return recent_.front();
    }
    if (recent_.size() >= most_) {
        known_.erase(recent_.back().ends);
        recent_.pop_back();
    }
    recent_.push_front({ends});
    known_.emplace(ends, recent_.begin());
    return recent_.front();
}

std::span<const std::byte> segment_tracker::canonical(const link::segment& of,
                                                      std::span<const std::byte> data)
{
    const auto header = link::canonical_header(of);
    canonical_.assign(header.begin(), header.end());
    canonical_.insert(canonical_.end(), data.begin(), data.end());
    return canonical_;
}

} // namespace badwire::hosts
