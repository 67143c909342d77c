// udp_flow.hpp: the parts of the datagram half: a port that clients send to, a flow for each
// client, and datagrams that leave through one of their sockets.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <boost/asio/ip/udp.hpp>

#include "sim/link/nat_port.hpp"
#include "sim/relay/core.hpp"
#include "sim/relay/packet_pool.hpp"
#include "sim/relay/refusals.hpp"

namespace badwire::relay {

struct udp_flow;

/// A datagram that is to leave now.
struct outgoing {
    static constexpr std::uint32_t none = UINT32_MAX;

    std::span<const std::byte> payload; // in `held`, or else in the receive batch
    udp_flow* flow;
    std::uint64_t index; // of its coordinate
    packet_handle held{};
    link::direction which;
    std::uint32_t next = none; // the next one that leaves through the same socket
};

/// A socket that datagrams leave through, and datagrams that wait until it takes more.
struct datagram_exit : std::enable_shared_from_this<datagram_exit> {
    explicit datagram_exit(boost::asio::ip::udp::socket through) : socket(std::move(through)) {}

    boost::asio::ip::udp::socket socket;
    peer_address local{}; // what it is bound to
    bool bundles = true;  // until the system refuses one
    bool blocked = false;
    std::deque<outgoing> waiting{};
    std::uint32_t first = outgoing::none, last = outgoing::none; // in udp_sender's list
};

/// A port that clients send to; replies leave through it.
struct udp_port : datagram_exit {
    udp_port(boost::asio::ip::udp::socket listening, const endpoint& to, std::string shared_name)
        : datagram_exit(std::move(listening)),
          upstream(to),
          upstream_address(to),
          flow_name(std::move(shared_name))
    {
        local = peer_address(socket.local_endpoint());
    }

    endpoint upstream;
    peer_address upstream_address;
    std::string flow_name;
    std::weak_ptr<udp_port> way_back{}; // of the one that is sent to, to the one that sends
    std::unordered_map<peer_address, std::shared_ptr<udp_flow>, peer_address::hash> flows{};
    udp_flow* latest = nullptr;                         // datagrams come in runs from one client
    std::vector<std::shared_ptr<udp_flow>> forgotten{}; // by a NAT: former ports of clients
    bool of_stranger = false;                           // made for one: see side_door
};

/// Beside a flow's connected socket, at the same address: here arrives what others than the upstream
/// send to the client (a TFTP server answers from a new port). Each of those strangers gets a port of
/// its own that faces the client, and the client's answers to it leave from here.
struct side_door : datagram_exit {
    using datagram_exit::datagram_exit;
    std::unordered_map<peer_address, std::weak_ptr<udp_flow>, peer_address::hash> strangers{};
};

/// The datagrams of one direction of a flow that were handed to the system last: by these a refusal
/// is known again.
class last_sent {
public:
    struct one {
        std::uint32_t bytes = 0;
        bool there = false;
        datagram_start start{};
    };

    void add(std::span<const std::byte> payload)
    {
        one& now = all_[next_++ % all_.size()];
        now = {static_cast<std::uint32_t>(payload.size()), true, {}};
        std::memcpy(now.start.data(), payload.data(), std::min(payload.size(), now.start.size()));
    }
    /// The oldest that it may be about, and those of the same bundle; none: too many left since.
    std::vector<one> take(const refusal& about);

private:
    one& at(std::size_t i) { return all_[(next_ + i) % all_.size()]; }

    std::array<one, 64> all_{};
    std::size_t next_ = 0;
};

/// One client address; its datagrams leave through a socket of its own, connected to the upstream.
/// When a NAT forgets the client, another flow takes its place.
struct udp_flow : datagram_exit {
    udp_flow(boost::asio::io_context& context, std::shared_ptr<udp_port> through,
             const peer_address& from, std::shared_ptr<named_flow> its_names)
        : datagram_exit(boost::asio::ip::udp::socket(context)),
          port(std::move(through)),
          client(from),
          names(std::move(its_names)),
          up_(names->along(link::direction::up)),
          down_(names->along(link::direction::down))
    {
    }

    /// Opens the socket, at the client's own port where that is wanted and free. False, and closed,
    /// when the system refuses.
    bool open(bool keep_port);
    /// Best effort.
    void open_side_door();

    link::flow& along(link::direction which) { return which == link::direction::up ? up_ : down_; }

    datagram_exit& exit(link::direction which)
    {
        if (which == link::direction::down) return *port;
        return leaves_by ? *leaves_by : *this;
    }

    /// Where a datagram goes; null: its exit is connected.
    const peer_address* target(link::direction which) const
    {
        if (which == link::direction::down) return &client;
        return leaves_by ? &port->upstream_address : nullptr;
    }

    /// The addresses of datagrams that arrive, and of those that leave, in that direction.
    link::addresses arriving(link::direction which) const
    {
        if (which == link::direction::up) return {client.raw_address(), port->local.raw_address()};
        return {port->upstream_address.raw_address(), local.raw_address()};
    }
    link::addresses leaving(link::direction which) const
    {
        const auto& leaves_from = leaves_by ? leaves_by->local : local;
        if (which == link::direction::up)
            return {leaves_from.raw_address(), port->upstream_address.raw_address()};
        return {port->local.raw_address(), client.raw_address()};
    }

    std::shared_ptr<udp_port> port;
    /// Instead of its own socket: see relay::join(), and side_door.
    std::shared_ptr<datagram_exit> leaves_by{};
    std::shared_ptr<side_door>
        side{}; // null where the system refuses it, and for very many clients
    peer_address client;
    std::shared_ptr<named_flow> names;
    std::size_t held = 0; // its datagrams that wait somewhere and need it
    clock::time_point last_used{};
    link::nat_port nat{};
    std::array<last_sent, 2> left{}; // by direction
    bool tells_refusal = false;      // one is on its way to who sent
    std::uint64_t refusals_told = 0;

private:
    link::flow& up_;
    link::flow& down_;
};

} // namespace badwire::relay
