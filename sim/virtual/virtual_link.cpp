#include "sim/virtual/virtual_link.hpp"

#include <algorithm>

#include "sim/link/kept_port.hpp"
#include "sim/link/nat_port.hpp"
#include "sim/virtual/stream_entrance.hpp"

namespace badwire::sim {

struct virtual_link::client final : datagram_port {
    client(entrance& way_in, const net::udp::endpoint& back_to, virtual_link& in)
        : owner(way_in), address(back_to), local(in.world_.open(*this, in.address_for(back_to)))
    {
    }
    void arrive(const net::udp::endpoint& from, datagram contents) override;

    entrance& owner;
    std::map<net::udp::endpoint, entrance*> strangers{}; // who answer in the upstream's stead
    net::udp::endpoint address;
    net::udp::endpoint local;
    link::nat_port nat{};
};

struct virtual_link::entrance final : datagram_port {
    entrance(virtual_link& owner, const net::udp::endpoint& target, std::string name)
        : link(owner),
          upstream(target),
          flow_name(std::move(name)),
          local(owner.world_.open(*this, {net::asio::ip::address_v4::loopback(), 0})),
          streams(owner.world_, owner.up_.decisions(), owner.down_.decisions(),
                  {target.address(), target.port()}, flow_name)
    {
        streams.watch(link.watcher_, {local.address(), local.port()});
        link.world_.open(streams, net::tcp::endpoint(local.address(), local.port()));
    }

    ~entrance()
    {
        link.world_.close(*this, local);
        link.world_.close(streams, net::tcp::endpoint(local.address(), local.port()));
        for (const auto& [address, known] : clients) link.world_.close(*known, known->local);
        for (const auto& one : forgotten) link.world_.close(*one, one->local);
    }

    void arrive(const net::udp::endpoint& from, datagram contents) override
    {
        if (met != nullptr && from == met->address) {
            link.up_.carry(flow_name, {from, local, met->local, upstream}, std::move(contents));
            return;
        }
        const auto now = link.world_.now().time_since_epoch();
        auto& known = clients[from];
        auto nat = link::mapping::kept;
        if (known && known->nat.forgotten(link.up_.decisions(), now)) {
            nat = link::mapping::renewed;
            // The old one still receives, so that datagrams sent to it are counted.
            forgotten.push_back(std::exchange(known, nullptr));
        }
        if (!known) known = std::make_unique<client>(*this, from, link);
        known->nat.use(now);
        const bool joined = way_back != nullptr && from == way_back->upstream;
        link.up_.carry(flow_name, {from, local, joined ? way_back->local : known->local, upstream},
                       std::move(contents), nat);
    }

    virtual_link& link;
    net::udp::endpoint upstream;
    entrance* way_back = nullptr; // see join()
    const client* met = nullptr;  // where the upstream is a stranger: by whom
    std::string flow_name;
    net::udp::endpoint local;
    stream_entrance streams;
    std::map<net::udp::endpoint, std::unique_ptr<client>> clients;
    std::vector<std::unique_ptr<client>> forgotten; // by a NAT: former ports of clients
};

void virtual_link::client::arrive(const net::udp::endpoint& from, datagram contents)
{
    entrance* facing = &owner;
    if (from != owner.upstream) { // it gets a port of its own that faces the client
        auto& port = strangers[from];
        if (port == nullptr) {
            port = owner.link.entrances_
                       .emplace_back(std::make_unique<entrance>(owner.link, from, owner.flow_name))
                       .get();
            port->met = this;
        }
        facing = port;
    }
    auto& down = owner.link.down_;
    const bool lost = nat.forgotten(down.decisions(), owner.link.world_.now().time_since_epoch());
    down.carry(owner.flow_name, {from, local, facing->local, address}, std::move(contents),
               lost ? link::mapping::forgotten : link::mapping::kept);
}

virtual_link::virtual_link(world& in, const std::string& name, std::uint64_t seed,
                           const link::link_options& options, const link::witnesses& seen_by,
                           const link::bottleneck_pair& shared)
    : world_(in),
      keep_ports_(options.keep_ports),
      watcher_(seen_by.watcher),
      up_(in, name, seed, link::direction::up, options, seen_by, shared[0]),
      down_(in, name, seed, link::direction::down, options, seen_by, shared[1])
{
}

virtual_link::~virtual_link() = default;

net::udp::endpoint virtual_link::open(const net::udp::endpoint& upstream,
                                      const std::string& flow_name)
{
    entrances_.push_back(std::make_unique<entrance>(*this, upstream, flow_name));
    return entrances_.back()->local;
}

void virtual_link::join(const net::udp::endpoint& there, const net::udp::endpoint& back)
{
    const auto at = [&](const net::udp::endpoint& local) {
        return std::ranges::find(entrances_, local, [](const auto& one) { return one->local; })
            ->get();
    };
    at(there)->way_back = at(back);
    at(back)->way_back = at(there);
}

net::udp::endpoint virtual_link::address_for(const net::udp::endpoint& of) const
{
    net::udp::endpoint found(net::asio::ip::address_v4::loopback(), 0);
    if (keep_ports_)
        link::keep_port(of.port(), [&](const net::udp::endpoint& kept) {
            if (world_.taken(kept)) return false;
            found = kept;
            return true;
        });
    return found;
}

virtual_lane& virtual_link::along(link::direction which)
{
    return which == link::direction::up ? up_ : down_;
}

const virtual_lane& virtual_link::along(link::direction which) const
{
    return which == link::direction::up ? up_ : down_;
}

} // namespace badwire::sim
