// loss_log.hpp: remembers what each flow of a link lost, and shows everything to another watcher, if
// there is one.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "harness/judge/record.hpp"
#include "harness/run/passing_watcher.hpp"

namespace badwire::harness {

/// Of one link.
class loss_log final : public passing_watcher {
public:
    using passing_watcher::passing_watcher;

    std::vector<flow_losses> all() const;

    note offered(const link::watched_packet& what, const link::lane& by,
                 const link::fate& met) override;

private:
    link::packet_numbers numbers_;
    std::map<std::pair<link::direction, std::string>, flow_losses> lost_;
};

} // namespace badwire::harness
