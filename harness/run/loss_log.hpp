// loss_log.hpp: remembers the last packet that each flow of each link lost, and shows everything to
// another watcher, if there is one.
#pragma once

#include <map>
#include <tuple>
#include <vector>

#include "harness/run/passing_watcher.hpp"
#include "harness/run/stage.hpp"

namespace badwire::harness {

class loss_log final : public passing_watcher {
public:
    using passing_watcher::passing_watcher;

    std::vector<lost_packet> last() const;

    note offered(const link::watched_packet& what, const link::lane& by,
                 const link::fate& met) override;

private:
    std::map<std::tuple<std::string, link::direction, std::string>, lost_packet> last_;
};

} // namespace badwire::harness
