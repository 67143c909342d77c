// memberships.hpp: which groups a host says to join or leave, of IGMP (RFC 1112, 2236, 3376) and MLD
// (RFC 2710, 3810). Pure; any bytes may be given.
//
// Limits: sources are not told apart. Who wants any source of a group has joined it.
#pragma once

#include <vector>

#include "sim/hosts/frame.hpp"

namespace badwire::hosts {

struct membership {
    boost::asio::ip::address group;
    bool joins; // or is a member still; otherwise it leaves
    bool operator==(const membership&) const = default;
};

/// Of a frame of the kinds igmp and multicast_listener; nothing of a query, or of any other.
std::vector<membership> memberships_of(std::span<const std::byte> bytes, const frame& parsed);

} // namespace badwire::hosts
