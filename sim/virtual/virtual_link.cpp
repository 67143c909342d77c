#include "sim/virtual/virtual_link.hpp"

#include <algorithm>

namespace badwire::sim {

struct virtual_link::lane_state {
    lane_state(virtual_link& owner, std::uint64_t seed, link::direction way,
               const link::impairments& asked)
        : link(owner),
          which(way),
          datagrams(seed, owner.name_, way, asked),
          streams(seed, owner.name_, way, {.loss = 0, .delay = asked.delay})
    {
    }

    /// Decides over a datagram and carries the decision out.
    void carry(const std::string& flow_name, std::uint64_t& latest_delivered,
               const net::udp::endpoint& from, const net::udp::endpoint& to, datagram contents)
    {
        const link::fate fate = datagrams.decide(datagrams.open_flow(flow_name), contents);
        world& in = link.world_;
        if (link.trace_)
            link.trace_(link::trace_line(in.now().time_since_epoch(), link.name_, which, flow_name,
                                         contents.size(), datagrams.asked(), fate));
        if (fate.dropped) return;
        in.at(in.now() + fate.delay, [this, &latest_delivered, from, to, index = fate.at.index + 1,
                                      contents = std::move(contents)]() mutable {
            link::counters& count = datagrams.count();
            ++count.delivered;
            count.delivered_bytes += contents.size();
            if (index < latest_delivered) ++count.reordered;
            latest_delivered = std::max(latest_delivered, index);
            link.world_.send(from, to, std::move(contents));
        });
    }

    /// How long pieces of a byte stream take.
    path_delay delay_of(const std::string& flow_name)
    {
        if (datagrams.asked().delay == link::delay_model{}) return {};
        return [this, &flow = streams.open_flow(flow_name)](std::span<const std::byte> piece) {
            return streams.decide(flow, piece).delay;
        };
    }

    virtual_link& link;
    link::direction which;
    link::lane datagrams;
    link::lane streams;
};

struct virtual_link::client final : datagram_port {
    client(entrance& way_in, const net::udp::endpoint& back_to, world& in)
        : owner(way_in),
          address(back_to),
          local(in.open(*this, {net::asio::ip::address_v4::loopback(), 0}))
    {
    }
    void arrive(const net::udp::endpoint& from, datagram contents) override;

    entrance& owner;
    net::udp::endpoint address;
    net::udp::endpoint local;
};

struct virtual_link::entrance final : datagram_port, stream_port {
    entrance(virtual_link& owner, const net::udp::endpoint& target, std::string name)
        : link(owner),
          upstream(target),
          flow_name(std::move(name)),
          local(owner.world_.open(static_cast<datagram_port&>(*this),
                                  {net::asio::ip::address_v4::loopback(), 0}))
    {
        link.world_.open(static_cast<stream_port&>(*this),
                         net::tcp::endpoint(local.address(), local.port()));
    }

    void arrive(const net::udp::endpoint& from, datagram contents) override
    {
        auto& known = clients[from];
        if (!known) known = std::make_unique<client>(*this, from, link.world_);
        link.up_->carry(flow_name, latest_up, known->local, upstream, std::move(contents));
    }

    void request(virtual_stream& from) override
    {
        from.connect_through({upstream.address(), upstream.port()}, link.up_->delay_of(flow_name),
                             link.down_->delay_of(flow_name));
    }

    virtual_link& link;
    net::udp::endpoint upstream;
    std::string flow_name;
    net::udp::endpoint local;
    std::map<net::udp::endpoint, std::unique_ptr<client>> clients;
    std::uint64_t latest_up = 0; // one more than the index of the latest packet delivered
    std::uint64_t latest_down = 0;
};

void virtual_link::client::arrive(const net::udp::endpoint& from, datagram contents)
{
    if (from != owner.upstream) return; // a stranger: a connected socket would not hear it either
    owner.link.down_->carry(owner.flow_name, owner.latest_down, owner.local, address,
                            std::move(contents));
}

virtual_link::virtual_link(world& in, std::string name, std::uint64_t seed,
                           const link::link_options& options, link::trace_sink trace)
    : world_(in),
      name_(std::move(name)),
      trace_(std::move(trace)),
      up_(std::make_unique<lane_state>(*this, seed, link::direction::up, options.up)),
      down_(std::make_unique<lane_state>(*this, seed, link::direction::down, options.down))
{
}

virtual_link::~virtual_link()
{
    for (const auto& way_in : entrances_) {
        world_.close(way_in->local);
        world_.close(net::tcp::endpoint(way_in->local.address(), way_in->local.port()));
        for (const auto& [address, known] : way_in->clients) world_.close(known->local);
    }
}

net::udp::endpoint virtual_link::open(const net::udp::endpoint& upstream,
                                      const std::string& flow_name)
{
    entrances_.push_back(std::make_unique<entrance>(*this, upstream, flow_name));
    return entrances_.back()->local;
}

const link::counters& virtual_link::count(link::direction which) const
{
    return (which == link::direction::up ? up_ : down_)->datagrams.count();
}

} // namespace badwire::sim
