#include "bindings/pair_links.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace badwire::bindings {

pair_links::pair_links(sim::world& in) : world_(in) { in.set_neighbourhood(this); }

pair_links::~pair_links() { world_.set_neighbourhood(nullptr); }

sim::virtual_link& pair_links::add(const std::string& link, std::uint64_t seed,
                                   const link::link_options& asked, const std::string& from,
                                   const std::string& to)
{
    auto made = std::make_unique<sim::virtual_link>(world_, link, seed, asked, link::witnesses{});
    path up;
    up.link = made.get();
    add(up, from, to);
    return *links_.emplace_back(std::move(made));
}

std::size_t pair_links::add_own(const std::string& from, const std::string& to)
{
    path up;
    up.model = own_;
    add(up, from, to);
    return own_++;
}

void pair_links::add(const path& up, const std::string& from, const std::string& to)
{
    if (from == to || paths_.contains({from, to}))
        throw std::invalid_argument(
            fmt::format("there is a link between {} and {} already", from, to));
    path along = up;
    along.flow = from;
    along.which = link::direction::up;
    paths_[{from, to}] = along;
    along.which = link::direction::down;
    paths_[{to, from}] = along;
}

const pair_links::path* pair_links::between(const sim::host& from, const sim::host* to) const
{
    const auto sender = names_.find(&from);
    const auto receiver = names_.find(to);
    if (sender == names_.end() || receiver == names_.end()) return nullptr;
    const auto found = paths_.find({sender->second, receiver->second});
    return found == paths_.end() ? nullptr : &found->second;
}

void pair_links::carry_own(const path& along, const net::udp::endpoint& sender,
                           const net::udp::endpoint& receiver, const sim::datagram& contents)
{
    if (models_ == nullptr) return;
    for (auto& [delay, payload] : models_->decide({along.model, along.which, contents}))
        world_.at(world_.now() + delay,
                  [this, sender, receiver, payload = std::move(payload)]() mutable {
                      world_.send(sender, receiver, std::move(payload));
                  });
}

bool pair_links::carry(const sim::host& from, sim::datagram_port* port,
                       const net::udp::endpoint& sender, const net::udp::endpoint& receiver,
                       sim::datagram& contents)
{
    const path* const along = port == nullptr ? nullptr : between(from, port->owner());
    if (along == nullptr) return false;
    net::udp::endpoint last = receiver;
    if (receiver.address().is_multicast()) {
        auto& its = seats_[{port, receiver}];
        if (!its) its = std::make_unique<sim::member_seat>(world_, *port, receiver);
        last = its->local;
    }
    if (along->link == nullptr) carry_own(*along, sender, last, contents);
    else
        along->link->along(along->which)
            .carry(along->flow, {sender, receiver, sender, last}, std::move(contents));
    return true;
}

net::tcp::endpoint pair_links::way(const sim::host& from, const sim::stream_port* to,
                                   const net::tcp::endpoint& asked)
{
    const path* const along = to == nullptr ? nullptr : between(from, to->owner());
    if (along == nullptr || along->link == nullptr) return asked;
    const auto known = ways_.find({&from, asked});
    if (known != ways_.end()) return known->second;
    const auto leads = along->link->open({asked.address(), asked.port()}, along->flow);
    return ways_[{&from, asked}] = {leads.address(), leads.port()};
}

} // namespace badwire::bindings
