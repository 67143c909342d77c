// member_seat.hpp: where a link hands on what was sent to a group, for one member of it.
#pragma once

#include <utility>

#include "sim/virtual/world.hpp"

namespace badwire::sim {

/// A port of its own, at which datagrams of the link arrive; the member gets them as sent to the
/// group. The world and the member must outlive it.
struct member_seat final : datagram_port {
    member_seat(world& of, datagram_port& who, const net::udp::endpoint& to)
        : in(of),
          member(who),
          group(to),
          local(of.open(*this, {net::asio::ip::address_v4::loopback(), 0}))
    {
    }
    member_seat(const member_seat&) = delete;
    member_seat& operator=(const member_seat&) = delete;
    ~member_seat() { in.close(*this, local); }

    void arrive(const net::udp::endpoint& from, datagram contents) override
    {
        in.hand_to_member(member, from, group, std::move(contents));
    }

    world& in;
    datagram_port& member;
    net::udp::endpoint group, local;
};

} // namespace badwire::sim
