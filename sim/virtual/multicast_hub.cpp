#include "sim/virtual/multicast_hub.hpp"

namespace badwire::sim {

struct multicast_hub::source final : datagram_port {
    source(multicast_hub& hub, const seat& of, const net::udp::endpoint& sends_from)
        : owner(hub),
          member(of),
          sender(sends_from),
          local(hub.world_.open(*this, {net::asio::ip::address_v4::loopback(), 0}))
    {
        owner.sources_.emplace(local, this);
    }
    ~source() { owner.world_.close(*this, local); }

    // A datagram has come up the member's link.
    void arrive(const net::udp::endpoint& from, datagram contents) override
    {
        if (from == sender) owner.spread(*this, contents);
    }

    multicast_hub& owner;
    const seat& member;
    net::udp::endpoint sender;
    net::udp::endpoint local;
};

struct multicast_hub::seat final : datagram_port {
    seat(multicast_hub& hub, std::string member, const net::udp::endpoint& at, virtual_link* link)
        : owner(hub), name(std::move(member)), group(hub.world_.open(*this, at)), over(link)
    {
    }
    ~seat() { owner.world_.close(*this, group); }

    void arrive(const net::udp::endpoint& from, datagram contents) override
    {
        if (owner.sources_.contains(from)) return; // sent by the hub itself
        auto& known = sources[from];
        if (!known) known = std::make_unique<source>(owner, *this, from);
        if (!over) return owner.spread(*known, contents);
        over->along(link::direction::up)
            .carry(name, {from, group, from, known->local}, std::move(contents));
    }

    multicast_hub& owner;
    std::string name;
    net::udp::endpoint group;
    virtual_link* over;
    std::map<net::udp::endpoint, std::unique_ptr<source>> sources;
};

multicast_hub::multicast_hub(world& in) : world_(in) {}

multicast_hub::~multicast_hub() = default;

void multicast_hub::add(const std::string& name, const net::udp::endpoint& group,
                        virtual_link* over)
{
    seats_.push_back(std::make_unique<seat>(*this, name, group, over));
}

void multicast_hub::spread(const source& from, const datagram& contents)
{
    for (const auto& to : seats_) {
        if (to.get() == &from.member) continue;
        if (!to->over) world_.send(from.local, to->group, contents);
        else
            to->over->along(link::direction::down)
                .carry(to->name, {from.local, to->group, from.local, to->group}, contents,
                       link::mapping::kept, from.member.name);
    }
}

} // namespace badwire::sim
