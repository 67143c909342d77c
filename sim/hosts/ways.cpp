#include "sim/hosts/ways.hpp"

#include <ranges>

namespace badwire::hosts {

way ways::make(const std::vector<step>& steps, const way& end) const
{
    way made = end;
    for (const step& one : steps | std::views::reverse) {
        way before{.host = end.host};
        before.through = links_.at(one.link).get();
        before.which = one.which;
        before.sender = one.sender;
        before.of = &before.through->lane(one.which).open_flow(one.flow);
        before.onward.push_back(std::move(made));
        made = std::move(before);
    }
    return made;
}

const way& ways::between(std::size_t from, std::size_t to)
{
    auto& known = between_[(std::uint64_t{from} << 32) | to];
    if (!known) known = std::make_unique<way>(make(topology_.between(from, to), {.host = to}));
    return *known;
}

const way& ways::to_group(std::size_t from)
{
    auto& known = to_group_[from];
    if (known) return *known;
    way all;
    for (std::size_t to = 0; to < hosts_; ++to)
        if (to != from) all.onward.push_back(make(topology_.from_group(from, to), {.host = to}));
    known = std::make_unique<way>(make(topology_.to_group(from), all));
    return *known;
}

bool is_cut(const way& along, clock::time_point now)
{
    if (along.through != nullptr) {
        link::lane& lane = along.through->lane(along.which);
        lane.advance(along.through->lane_time(along.which, now));
        if (lane.cuts(*along.of)) return true;
    }
    return along.onward.size() == 1 && is_cut(along.onward.front(), now);
}

} // namespace badwire::hosts
