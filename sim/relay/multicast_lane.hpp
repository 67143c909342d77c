// multicast_lane.hpp: one direction of one member's link: asks the link for the fate of a datagram
// and carries it out on the relay's clock. One io_context's thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/link/overtaking.hpp"
#include "sim/relay/core.hpp"
#include "sim/relay/packet_watcher.hpp"

namespace badwire::relay {

class multicast_lane : public std::enable_shared_from_this<multicast_lane> {
public:
    using bytes = std::vector<std::byte>;
    /// Hands it on; false when the system refuses.
    using delivery = std::function<bool(const bytes&)>;

    multicast_lane(std::shared_ptr<core> on, link::direction which, const std::string& flow_name);

    /// A datagram that came from `from` and shall leave for `to`.
    void carry(bytes contents, const endpoint& from, const endpoint& to, delivery deliver);

    /// What is still on its way is forgotten.
    void close() { closed_ = true; }

private:
    struct packet {
        bytes contents;
        peer_address from, to;
        delivery deliver;
        packet_watcher::note said;
        std::uint64_t index;
        clock::time_point arrived, due;
        std::uint32_t copy = 0;
        bool measured = false; // its delay counts
    };

    void leave_at(clock::time_point due, packet one);
    void leave(packet& one);

    std::shared_ptr<core> core_;
    link::direction which_;
    std::string flow_name_;
    link::flow& flow_;
    link::overtaking<packet> held_back_;
    bool closed_ = false;
};

} // namespace badwire::relay
