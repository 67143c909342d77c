// kept_port.hpp: where a link stands for a client whose port the server is to see (link_options):
// at that port of another loopback address, so that the client keeps its own.
#pragma once

#include <boost/asio/ip/udp.hpp>

namespace badwire::link {

/// The first of 127.0.0.2 to 127.0.0.254 at which `take` takes that port; whether one did.
template <typename Take>
bool keep_port(std::uint16_t port, Take take)
{
    constexpr unsigned first = 0x7f000002, last = 0x7f0000fe;
    for (unsigned host = first; host <= last; ++host)
        if (take(boost::asio::ip::udp::endpoint(boost::asio::ip::address_v4(host), port)))
            return true;
    return false;
}

} // namespace badwire::link
