#include "harness/run/link_path.hpp"

#include <algorithm>

namespace badwire::harness {
namespace {

bool goes_to(const process_spec& one, const process_spec& other)
{
    return !one.over.empty() && !one.to.empty() && other.is_called(one.to);
}

std::vector<std::string> links_of(const process_spec& one)
{
    std::vector<std::string> all{one.over};
    all.insert(all.end(), one.over_then.begin(), one.over_then.end());
    return all;
}

} // namespace

link_path path_between(const scenario& in, const process_spec& from, const process_spec& to)
{
    if (goes_to(from, to)) return {links_of(from), link::direction::up, from.name};
    if (goes_to(to, from)) {
        auto links = links_of(to);
        std::ranges::reverse(links);
        return {std::move(links), link::direction::down, to.name};
    }
    for (const auto& [link, names] : in.between) {
        const auto peers = in.peers_on(link);
        const auto has = [&](const process_spec& one) {
            return std::ranges::find(peers, &one) != peers.end();
        };
        if (&from != &to && has(from) && has(to))
            return {{link}, link::direction::up, from.name + ">" + to.name};
    }
    return {};
}

} // namespace badwire::harness
