// peer_address.hpp: a socket address as the kernel writes it: cheaper to compare and to hash than
// an endpoint.
#pragma once

#include <cstddef>
#include <cstring>

#include <boost/asio/ip/udp.hpp>
#include <sys/socket.h>
#include <xxhash.h>

namespace badwire::relay {

struct peer_address {
    peer_address() = default;
    explicit peer_address(const boost::asio::ip::udp::endpoint& at)
        : size(static_cast<socklen_t>(at.size()))
    {
        std::memcpy(&raw, at.data(), at.size());
    }

    boost::asio::ip::udp::endpoint to_endpoint() const
    {
        boost::asio::ip::udp::endpoint made;
        std::memcpy(made.data(), &raw, size);
        made.resize(size);
        return made;
    }

    sockaddr_storage raw{}; // sockaddr_in or sockaddr_in6
    socklen_t size = 0;

    const sockaddr* raw_address() const { return reinterpret_cast<const sockaddr*>(&raw); }

    bool operator==(const peer_address& other) const
    {
        return size == other.size && std::memcmp(&raw, &other.raw, size) == 0;
    }
    struct hash {
        std::size_t operator()(const peer_address& of) const
        {
            return XXH3_64bits(&of.raw, of.size);
        }
    };
};

} // namespace badwire::relay
