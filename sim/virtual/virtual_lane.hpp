// virtual_lane.hpp: carries the datagrams of one direction of a virtual link as the link decides,
// on the world's clock.
#pragma once

#include <string>

#include "sim/link/conveyor.hpp"
#include "sim/virtual/world.hpp"

namespace badwire::sim {

class virtual_lane {
public:
    virtual_lane(world& in, const std::string& link_name, std::uint64_t seed, link::direction way,
                 const link::link_options& asked, link::witnesses seen_by,
                 std::shared_ptr<link::bottleneck> shared = nullptr);

    /// The addresses of a datagram on this side of the link and on the other.
    struct route {
        net::udp::endpoint from, at;
        net::udp::endpoint onwards_from, to;
    };

    /// Carries a datagram of that flow; `sender`: the process, where the flow does not say. The lane must outlive the world's events.
    void carry(const std::string& flow_name, const route& way, datagram contents,
               link::mapping nat = link::mapping::kept, std::string_view sender = {});

    link::lane& decisions() { return lane_; }
    const link::lane& decisions() const { return lane_; }
    const link::delay_statistics& delays() const { return conveyor_.delays(); }

private:
    struct packet;
    struct carrier; // of an offered datagram
    struct later;   // of one that has waited in a managed queue
    using packet_handle = std::unique_ptr<packet>;

    void arrive(packet& one);
    void arm();

    world& world_;
    link::lane lane_;
    link::conveyor<packet_handle> conveyor_;
};

} // namespace badwire::sim
