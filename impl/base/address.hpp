// address.hpp: ADDRESS:PORT as people write and read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/basic_endpoint.hpp>

namespace badwire {

/// "127.0.0.1:5000", "[::1]:5000".
std::string to_text(const boost::asio::ip::address& address, std::uint16_t port);

template <typename Protocol>
std::string to_text(const boost::asio::ip::basic_endpoint<Protocol>& endpoint)
{
    return to_text(endpoint.address(), endpoint.port());
}

struct host_and_port {
    std::string host; // a name or an address, without brackets
    std::uint16_t port;
    bool bracketed; // as an IPv6 address must be
};

/// "127.0.0.1:5000", "localhost:5000", "[::1]:5000"; nothing when the text has no colon, or when
/// what follows the last colon is not a port.
std::optional<host_and_port> parse_host_and_port(std::string_view text);

} // namespace badwire
