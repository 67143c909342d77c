#include "harness/run/loss_log.hpp"

#include <algorithm>

#include "impl/base/bytes.hpp"

namespace badwire::harness {

std::vector<lost_packet> loss_log::last() const
{
    std::vector<lost_packet> all;
    for (const auto& [where, one] : last_) all.push_back(one);
    return all;
}

loss_log::note loss_log::offered(const link::watched_packet& what, const link::lane& by,
                                 const link::fate& met)
{
    if (met.dropped) {
        constexpr std::size_t kept = 64;
        last_[{by.link_name(), what.which, std::string(what.flow)}] = {
            by.link_name(),
            what.which,
            std::string(what.flow),
            what.time,
            std::string(as_text(what.payload.first(std::min(what.payload.size(), kept)))),
            by.explain(met)};
    }
    return passing_watcher::offered(what, by, met);
}

} // namespace badwire::harness
