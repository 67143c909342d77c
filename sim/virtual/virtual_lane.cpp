#include "sim/virtual/virtual_lane.hpp"

#include <utility>

namespace badwire::sim {

virtual_lane::virtual_lane(world& in, const std::string& link_name, std::uint64_t seed,
                           link::direction way, const link::link_options& asked,
                           link::witnesses seen_by, std::shared_ptr<link::bottleneck> shared)
    : world_(in),
      lane_(seed, link_name, asked, way, std::move(shared)),
      conveyor_(lane_, std::move(seen_by), link::coordinates::always)
{
}

// A packet on its way is the event of its own arrival, and owns itself.
struct virtual_lane::packet final : event {
    packet(virtual_lane& by, const route& way, datagram carried)
        : lane(by), from(way.onwards_from), to(way.to), contents(std::move(carried))
    {
    }

    std::span<std::byte> payload() { return contents; }

    void fire() override
    {
        const packet_handle own(this);
        lane.arrive(*this);
    }

    virtual_lane& lane;
    net::udp::endpoint from, to;
    datagram contents;
    link::packet_facts facts{};
};

struct virtual_lane::later {
    link::addresses arriving() const { return {way.from.data(), way.at.data()}; }
    link::addresses leaving() const { return {way.onwards_from.data(), way.to.data()}; }

    packet_handle copy(packet& original)
    {
        return std::make_unique<packet>(my, way, original.contents);
    }
    void leave(packet_handle kept, link::duration due)
    {
        my.world_.queue().schedule(*kept.release(), net::time_point(due));
    }
    void hold(link::conveyor<packet_handle>::slot held, link::duration until)
    {
        my.world_.at(net::time_point(until), [held] {
            if (const auto still_here = std::exchange(*held, {}))
                (*still_here)->lane.arrive(**still_here);
        });
    }

    static void drop(packet_handle) {}

    virtual_lane& my;
    route way;
};

struct virtual_lane::carrier : later {
    packet_handle keep() { return std::make_unique<packet>(my, way, std::move(contents)); }
    later later_on(const packet&) const { return *this; }

    datagram& contents;
};

// The next who leaves a managed queue does so at its time, whoever put it there.
void virtual_lane::arm()
{
    const auto at = conveyor_.narrow().claim_service();
    if (!at) return;
    world_.at(net::time_point(*at), [this] {
        conveyor_.narrow().serve(world_.now().time_since_epoch());
        arm();
    });
}

void virtual_lane::carry(const std::string& flow_name, const route& way, datagram contents,
                         link::mapping nat, std::string_view sender)
{
    link::flow& of = lane_.open_flow(flow_name);
    const auto now = world_.now().time_since_epoch();
    conveyor_.offer({.of = of,
                     .payload = contents,
                     .time = now,
                     .arrived = now,
                     .foreseen = conveyor_.foresee(of, contents),
                     .nat = nat,
                     .sender = sender,
                     .ecn = static_cast<std::uint8_t>(contents.traffic_class & ecn_bits)},
                    carrier{{*this, way}, contents});
    arm();
}

void virtual_lane::arrive(packet& one)
{
    const link::leaving_packet leaving{*one.facts.of,
                                       one.facts.index,
                                       one.contents,
                                       {one.from.data(), one.to.data()},
                                       world_.now().time_since_epoch(),
                                       &one.facts};
    conveyor_.delivered(leaving);
    one.contents.traffic_class =
        static_cast<std::uint8_t>((one.contents.traffic_class & ~ecn_bits) | one.facts.ecn);
    if (!world_.receives(one.to)) lane_.refused(*one.facts.of, one.contents.size());
    world_.send(one.from, one.to, std::move(one.contents));
}

} // namespace badwire::sim
