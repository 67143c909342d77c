// gateway.hpp: a host that stands for the machine itself: who connects to one of its ports, or sends a
// datagram there, reaches whoever listens on that port of the machine's loopback. Nothing else of the
// machine is reached. One io_context's thread; not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

#include "sim/hosts/namespaces.hpp"

namespace badwire::hosts {

class gateway {
public:
    /// Where the machine listens on a port, if it does.
    using lookup =
        std::function<std::optional<boost::asio::ip::address>(port_kind kind, std::uint16_t port)>;

    /// The hosts must outlive it.
    gateway(boost::asio::io_context& context, const made_hosts& hosts, std::size_t place,
            lookup machine);
    ~gateway();

    /// Somebody is about to use a port of the host: from now on it leads to the machine, if that
    /// listens there.
    void wanted(port_kind kind, std::uint16_t port);
    void close();

private:
    struct door;
    struct stream_door;
    struct datagram_door;

    boost::asio::io_context& context_;
    const made_hosts& hosts_;
    std::size_t place_;
    lookup machine_;
    std::map<std::pair<port_kind, std::uint16_t>, std::shared_ptr<door>> doors_;
};

} // namespace badwire::hosts
