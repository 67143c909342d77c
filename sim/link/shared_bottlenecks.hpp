// shared_bottlenecks.hpp: the bottlenecks that several links of a network pass, by name, one in each
// direction: made when the first link asks. Not thread-safe: all those links belong to one thread, and
// their times count from one start.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>

#include "sim/link/bottleneck.hpp"

namespace badwire::link {

/// Up and down; null: a link's own.
using bottleneck_pair = std::array<std::shared_ptr<bottleneck>, 2>;

class shared_bottlenecks {
public:
    /// Those of a link.
    bottleneck_pair of(const link_options& link)
    {
        if (link.bottleneck.empty()) return {};
        bottleneck_pair& found = known_[link.bottleneck];
        for (auto& one : found)
            if (!one) one = std::make_shared<bottleneck>();
        return found;
    }

private:
    std::map<std::string, bottleneck_pair> known_;
};

} // namespace badwire::link
