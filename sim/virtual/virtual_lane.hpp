// virtual_lane.hpp: the datagrams of one direction of a virtual link: asks the link models and
// carries their decisions out on the world's clock.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "sim/capture/pcapng_writer.hpp"
#include "sim/link/fidelity.hpp"
#include "sim/link/link.hpp"
#include "sim/link/overtaking.hpp"
#include "sim/link/trace.hpp"
#include "sim/virtual/world.hpp"

namespace badwire::sim {

/// Who sees what a link does: a line for every packet, and a capture. Both may be missing.
struct witnesses {
    link::trace_sink trace{};
    capture::pcapng_writer* capture = nullptr; // must outlive the link
};

class virtual_lane {
public:
    virtual_lane(world& in, const std::string& link_name, std::uint64_t seed, link::direction way,
                 const link::impairments& asked, std::vector<link::change> changes,
                 link::trace_sink trace);

    /// From now on what passes is captured: as it comes in, and as it leaves.
    void capture_to(capture::pcapng_writer& file, capture::pcapng_writer::interface_id coming_in,
                    capture::pcapng_writer::interface_id leaving);

    /// The addresses that a datagram has on this side of the link and on the other.
    struct route {
        net::udp::endpoint from, at;
        net::udp::endpoint onwards_from, to;
    };

    /// A datagram of that flow. The lane must outlive the world's events.
    void carry(const std::string& flow_name, const route& way, datagram contents);

    link::lane& decisions() { return lane_; }
    const link::lane& decisions() const { return lane_; }
    const link::delay_statistics& delays() const { return delays_; }

private:
    struct packet {
        link::flow* of;
        std::uint64_t index;
        net::time_point due;
        net::udp::endpoint from, to;
        datagram contents;
        std::shared_ptr<const std::string> explained{}; // for the capture
    };
    struct known_flow {
        link::flow& decisions;
        link::overtaking<packet> held_back{};
    };

    known_flow& flow_of(const std::string& name);
    void arrive_at(net::time_point when, packet one);
    void arrive(packet one);

    world& world_;
    std::string link_name_;
    link::direction which_;
    link::trace_sink trace_;
    capture::pcapng_writer* capture_ = nullptr;
    capture::pcapng_writer::interface_id coming_in_{}, leaving_{};
    link::lane lane_;
    link::delay_statistics delays_;
    std::map<std::string, known_flow> flows_;
};

} // namespace badwire::sim
