// ways.hpp: where a frame goes from one host, through links and to whom. Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/hosts/frame_link.hpp"
#include "sim/hosts/topology.hpp"

namespace badwire::hosts {

/// A link, if there is one, and what follows behind it: further ways, or a host.
struct way {
    frame_link* through = nullptr;
    link::direction which = link::direction::up;
    link::flow* of = nullptr;
    std::string sender{}; // where the flow does not say it
    std::vector<way> onward{};
    static constexpr std::size_t nowhere = SIZE_MAX;
    std::size_t host = nowhere; // where it has one end only
};

/// All ways between hosts, made when they are first used; they stay where they are.
class ways {
public:
    using link_map = std::map<std::string, std::unique_ptr<frame_link>>;

    ways(const topology& of, const link_map& links, std::size_t hosts)
        : topology_(of), links_(links), hosts_(hosts)
    {
    }

    const way& between(std::size_t from, std::size_t to);
    /// To all others at once.
    const way& to_group(std::size_t from);

private:
    way make(const std::vector<step>& steps, const way& end) const;

    const topology& topology_;
    const link_map& links_;
    std::size_t hosts_;
    std::unordered_map<std::uint64_t, std::unique_ptr<way>> between_;
    std::unordered_map<std::size_t, std::unique_ptr<way>> to_group_;
};

/// Whether a cut, of now, is on the way.
bool is_cut(const way& along, clock::time_point now);

} // namespace badwire::hosts
