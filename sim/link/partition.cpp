#include "sim/link/partition.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sim/link/impairments.hpp"

namespace badwire::link {

bool partition::separates(std::string_view sender, std::string_view receiver) const
{
    const auto group_of = [this](std::string_view who) {
        return std::ranges::find_if(groups, [&](const std::vector<std::string>& one) {
            return std::ranges::find(one, who) != one.end();
        });
    };
    const auto a = group_of(sender);
    const auto b = group_of(receiver);
    if (a == groups.end() || b == groups.end() || a == b) return false;
    return !one_way || a == groups.begin();
}

partition_state::partition_state(direction which, std::vector<partition> all,
                                 std::map<std::string, std::string, std::less<>> goes_to)
    : which_(which), all_(std::move(all)), goes_to_(std::move(goes_to)), struck_(all_.size())
{
    next_ = duration(0);
    advance(next_);
}

void partition_state::advance(duration now)
{
    if (now < next_) return;
    active_.clear();
    next_ = duration::max();
    for (std::size_t i = 0; i < all_.size(); ++i) {
        const partition& one = all_[i];
        if (one.from <= now && now < one.until) active_.push_back(i);
        for (const duration edge : {one.from, one.until})
            if (edge > now) next_ = std::min(next_, edge);
    }
}

std::pair<std::string_view, std::string_view>
partition_state::ends_of(std::string_view flow, std::string_view sender) const
{
    if (!sender.empty()) return {sender, flow};
    std::pair<std::string_view, std::string_view> ends{flow, {}};
    const auto arrow = flow.find('>');
    if (arrow != std::string_view::npos) ends = {flow.substr(0, arrow), flow.substr(arrow + 1)};
    else if (const auto known = goes_to_.find(flow); known != goes_to_.end())
        ends.second = known->second;
    if (which_ == direction::down) std::swap(ends.first, ends.second);
    return ends;
}

std::uint32_t partition_state::meets(std::string_view flow, std::string_view sender)
{
    const auto [from, to] = ends_of(flow, sender);
    for (const std::size_t place : active_) {
        const partition& one = all_[place];
        if (!one.separates(from, to)) continue;
        auto& number = known_[fmt::format("{}>{}>{}", place, from, to)];
        if (number == 0) {
            said_.push_back(
                one.one_way
                    ? fmt::format("partitioned: nothing passes from {} to {}", from, to)
                    : fmt::format("partitioned: {} and {} are in different groups", from, to));
            of_said_.push_back(place);
            number = static_cast<std::uint32_t>(said_.size());
        }
        return number;
    }
    return 0;
}

} // namespace badwire::link
