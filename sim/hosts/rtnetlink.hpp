// rtnetlink.hpp: interfaces, addresses and routes of one network namespace, asked of the kernel directly:
// no other program is needed. See rtnetlink(7). Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <boost/asio/ip/address.hpp>

#include "sim/hosts/frame.hpp"

namespace badwire::hosts {

/// One end of a pair of virtual Ethernet devices.
struct veth_end {
    std::string name;
    mac_address mac{};
};

struct route {
    boost::asio::ip::address to;
    unsigned prefix_bits = 0;
    bool is_broadcast = false;
    std::optional<boost::asio::ip::address> by{}; // the next host, which is on this wire
    std::optional<boost::asio::ip::address> from{};
    unsigned segment_bytes_max = 0; // that TCP is to announce; 0: what the device can carry
};

class rtnetlink {
public:
    /// Of the network namespace in which the calling thread is now, wherever it goes later. Throws
    /// net::failure, as all functions do.
    rtnetlink();
    ~rtnetlink();
    rtnetlink(const rtnetlink&) = delete;
    rtnetlink& operator=(const rtnetlink&) = delete;

    /// A pair of devices: one here, one in the namespace that the descriptor stands for.
    void make_pair(const veth_end& here, const veth_end& there, int their_namespace, unsigned mtu);
    unsigned index_of(const std::string& device);
    void start(unsigned device);
    /// `local`: for this host alone, as 127.0.0.1 is. IPv6 addresses are taken to be nobody else's.
    void add_address(unsigned device, const boost::asio::ip::address& what, unsigned prefix_bits,
                     bool local = false);
    void remove_address(unsigned device, const boost::asio::ip::address& what,
                        unsigned prefix_bits);
    void add_route(unsigned device, const route& what);

private:
    class message;
    void ask(message& what, const std::string& purpose);

    int socket_ = -1;
    unsigned sequence_ = 0;
};

} // namespace badwire::hosts
