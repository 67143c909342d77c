// multicast.hpp: which group a program joins, and through which interface (any-source multicast,
// IPv4: RFC 1112).
#pragma once

#include "impl/net/asio.hpp"

namespace badwire::net {

struct multicast_options {
    asio::ip::address_v4 group;
    std::uint16_t port = 0; // 0: the network chooses one
    /// The machine's own address whose interface carries the group. A loopback address keeps the
    /// group on this machine; 0.0.0.0 leaves the choice to the system's routes.
    asio::ip::address_v4 interface = asio::ip::address_v4::loopback();
};

} // namespace badwire::net
