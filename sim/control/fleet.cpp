#include "sim/control/fleet.hpp"

#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/control/problem.hpp"

namespace badwire::control {

fleet::fleet(boost::asio::io_context& context,
             std::function<relay::relay_options(const std::string& name)> options)
    : context_(context), options_(std::move(options))
{
}

fleet::members::iterator fleet::position(std::string_view name)
{
    const auto found = members_.find(name);
    if (found != members_.end()) return found;
    std::vector<std::string> there;
    for (const auto& [known, _] : members_) there.push_back(fmt::format("\"{}\"", known));
    throw problem(404,
                  fmt::format("proxy not found: \"{}\"; there is {}", name,
                              there.empty() ? "none" : fmt::format("{}", fmt::join(there, ", "))));
}

controlled_link& fleet::add(const link_wish& wish)
{
    if (members_.contains(wish.name))
        throw problem(409, fmt::format("proxy already exists: \"{}\"; update or delete it, or give "
                                       "this one another name",
                                       wish.name));
    if (members_.size() >= links_max)
        throw problem(409, fmt::format("there are at most {} links", links_max));
    auto made = std::make_unique<member>(context_, options_(wish.name), wish);
    return members_.emplace(wish.name, std::move(made)).first->second->link;
}

controlled_link& fleet::add_or_move(const link_wish& wish)
{
    const auto known = members_.find(wish.name);
    if (known == members_.end()) return add(wish);
    controlled_link& link = known->second->link;
    link.move(wish.listen, wish.upstream);
    link.enable(wish.enabled);
    return link;
}

controlled_link& fleet::find(std::string_view name) { return position(name)->second->link; }

void fleet::remove(std::string_view name) { members_.erase(position(name)); }

void fleet::reset()
{
    std::optional<problem> failed;
    for (const auto& [name, one] : members_) try {
            one->link.reset();
        } catch (const problem& error) {
            failed = error;
        }
    if (failed) throw *failed;
}

void fleet::close()
{
    for (const auto& [name, one] : members_) one->through.close();
}

void fleet::each(const std::function<void(const controlled_link&, const relay::relay&)>& use) const
{
    for (const auto& [name, one] : members_) use(one->link, one->through);
}

} // namespace badwire::control
