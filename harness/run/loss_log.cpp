#include "harness/run/loss_log.hpp"

#include <algorithm>

#include "impl/base/bytes.hpp"

namespace badwire::harness {

std::vector<flow_losses> loss_log::all() const
{
    std::vector<flow_losses> all;
    for (const auto& [where, one] : lost_) all.push_back(one);
    return all;
}

loss_log::note loss_log::offered(const link::watched_packet& what, const link::lane& by,
                                 const link::fate& met)
{
    const std::uint64_t nth = numbers_.next(what.which, what.tcp);
    if (met.dropped) {
        constexpr std::size_t kept = 64;
        flow_losses& lost = lost_[{what.which, std::string(what.flow)}];
        lost.last = {.link = by.link_name(),
                     .which = what.which,
                     .flow = std::string(what.flow),
                     .nth = nth,
                     .at = what.time,
                     .contents = std::string(
                         as_text(what.payload.first(std::min(what.payload.size(), kept)))),
                     .tcp = link::copied(what.tcp),
                     .why = by.explain(met)};
        if (lost.count++ == 0) lost.first = lost.last;
    }
    return passing_watcher::offered(what, by, met);
}

} // namespace badwire::harness
