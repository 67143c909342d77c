#include "harness/run/transparent_links.hpp"

#include <algorithm>

namespace badwire::harness {

// Takes a datagram from one link and gives it to the next, between the same two addresses.
struct transparent_links::hop final : sim::datagram_port {
    hop(transparent_links& in, link_path the_way, std::size_t next, const net::udp::endpoint& from,
        const net::udp::endpoint& to)
        : owner(in),
          along(std::move(the_way)),
          place(next),
          sender(from),
          receiver(to),
          local(in.world_.open(*this, {net::asio::ip::address_v4::loopback(), 0}))
    {
    }
    ~hop() { owner.world_.close(*this, local); }

    void arrive(const net::udp::endpoint&, sim::datagram contents) override
    {
        owner.links_.at(along.links[place])
            ->along(along.which)
            .carry(along.flow,
                   {sender, receiver, sender, owner.after(along, place, sender, receiver)},
                   std::move(contents));
    }

    transparent_links& owner;
    link_path along;
    std::size_t place;
    net::udp::endpoint sender, receiver, local;
};

transparent_links::transparent_links(sim::world& in, const scenario& of, const link_map& links)
    : world_(in), scenario_(of), links_(links)
{
}

transparent_links::~transparent_links() = default;

template <typename Port>
const process_spec* transparent_links::owner_of(const Port* port, std::uint16_t number) const
{
    if (port != nullptr) {
        const auto found = specs_.find(port->owner());
        return found == specs_.end() ? nullptr : found->second;
    }
    const auto found = std::ranges::find(scenario_.processes, number, &process_spec::port);
    return number == 0 || found == scenario_.processes.end() ? nullptr : &*found;
}

link_path transparent_links::between(const sim::host& from, const process_spec* to) const
{
    const auto sender = specs_.find(&from);
    if (sender == specs_.end() || to == nullptr) return {};
    return path_between(scenario_, *sender->second, *to);
}

// Where a link hands a datagram on: to the receiver, or to the hop before the next link.
net::udp::endpoint transparent_links::after(const link_path& along, std::size_t place,
                                            const net::udp::endpoint& sender,
                                            const net::udp::endpoint& receiver)
{
    if (place + 1 == along.links.size()) return receiver;
    auto& next = hops_[{along.flow, place + 1, sender, receiver}];
    if (!next) next = std::make_unique<hop>(*this, along, place + 1, sender, receiver);
    return next->local;
}

bool transparent_links::carry(const sim::host& from, sim::datagram_port* port,
                              const net::udp::endpoint& sender, const net::udp::endpoint& receiver,
                              sim::datagram& contents)
{
    const link_path along = between(from, owner_of(port, receiver.port()));
    if (along.links.empty()) return false;
    net::udp::endpoint last = receiver;
    if (receiver.address().is_multicast()) {
        auto& its = seats_[{port, receiver}];
        if (!its) its = std::make_unique<sim::member_seat>(world_, *port, receiver);
        last = its->local;
    }
    links_.at(along.links.front())
        ->along(along.which)
        .carry(along.flow, {sender, receiver, sender, after(along, 0, sender, last)},
               std::move(contents));
    return true;
}

net::tcp::endpoint transparent_links::way(const sim::host& from, const sim::stream_port* to,
                                          const net::tcp::endpoint& asked)
{
    const auto known = ways_.find({&from, asked});
    if (known != ways_.end()) return known->second;
    const link_path along = between(from, owner_of(to, asked.port()));
    if (along.links.empty() || along.which == link::direction::down) return asked;
    net::udp::endpoint leads_to(asked.address(), asked.port());
    for (auto link = along.links.rbegin(); link != along.links.rend(); ++link)
        leads_to = links_.at(*link)->open(leads_to, along.flow);
    return ways_[{&from, asked}] = {leads_to.address(), leads_to.port()};
}

} // namespace badwire::harness
