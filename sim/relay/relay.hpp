// relay.hpp: the real-time relay: forwards datagrams and TCP connections between real processes and
// does to them what the link decides.
//
// UDP: every client address is a flow with an upstream socket of its own, so replies find their way
// back; those that come to it from another port than the upstream's reach the client from another
// port, too, which leads back there. A datagram to a port where nobody listens is undeliverable, and
// its sender is told where the system allows it (refusals.hpp). TCP: each connection is forwarded in order, with the link's delay and rate, its faults of
// streams, and what its loss does to TCP (loss_recovery.hpp).
//
// UDP limits: a client that is silent for idle_after is forgotten (and is a new flow when it comes
// back). A datagram that the system does not take (too large for the path, no route) counts as
// undeliverable. On a wildcard address with several interfaces, replies leave from the address that
// the system's routes choose. Bundles of the kernel (UDP_GRO, UDP_SEGMENT) are read and sent as
// such; each datagram has its own fate all the same. Delays count from the kernel's arrival times.
//
// UDP memory: datagrams on their way hold at most in_flight_bytes_max of buffers; further ones, and
// further copies, are undeliverable. A datagram of up to 256 bytes holds at most 512, one of up to
// 2048 holds 2.5 KiB, a larger one 65 KiB; its place in the queue takes 24 to 48 bytes more.
// Besides, the relay has 5 MiB of buffers to read into, of which it rarely touches more than 0.5
// MiB, and keeps up to 26 MiB of blocks for later datagrams.
//
// TCP limits: tcp.window bounds what is on its way in each direction of a connection, and
// in_flight_bytes_max what all connections hold, after which they are read more slowly. A client's
// connect() returns before the relay knows of it; what follows takes its time from when it would
// have returned (stream_setup.hpp). The counters count datagrams only.
//
// Runs on one io_context that one thread runs; not thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "sim/link/fidelity.hpp"
#include "sim/link/link.hpp"
#include "sim/link/packet_watcher.hpp"
#include "sim/link/shared_bottlenecks.hpp"
#include "sim/link/trace.hpp"
#include "sim/relay/punctuality.hpp"

namespace badwire::relay {

using endpoint = boost::asio::ip::udp::endpoint; // address and port, for UDP and TCP alike

class departures; // departures.hpp

struct relay_options {
    std::string name = "relay"; // of the link, part of every decision's key
    std::uint64_t seed = 1;
    link::link_options link{};
    link::trace_sink trace{};
    std::size_t clients_max = 16'384; // each takes two descriptors; more are refused
    std::chrono::nanoseconds idle_after = std::chrono::minutes(5);
    std::size_t in_flight_bytes_max = std::size_t{256} << 20; // of datagrams, and of streams
    /// Stays awake before each departure: at most some hundredths of a millisecond late instead of
    /// tenths, but needs a processor of its own.
    bool precise = false;
    /// Notes how late every datagram leaves, not only those that are to be delayed: after its
    /// arrival in the kernel. Costs about 0.1 µs a datagram on a clean link.
    bool time_all = false;
    /// The bottlenecks that other relays of the same io_context pass, too, which then have the same
    /// start.
    link::bottleneck_pair shared{};
    std::optional<std::chrono::steady_clock::time_point> start{}; // nothing: now
    link::packet_watcher* watcher = nullptr; // is shown every datagram; not owned
};

using link::delay_statistics;

/// Where a relay listens, and where it forwards to.
struct opened {
    endpoint listening;
    endpoint upstream;
    std::string flow_name; // empty: each client is a flow of its own
};

/// What connections meet, where that is not what datagrams meet. Each function gets the lane of
/// datagrams, in whose stead these impairments stand.
struct stream_terms {
    /// While a connection is set up.
    std::function<link::impairments(const link::lane&)> set_up;
    /// What the number-th connection of a flow meets afterwards.
    std::function<link::impairments(const link::lane&, const link::flow&, std::uint64_t number)>
        afterwards;
};

/// Whether a relay that listens there would be its own upstream.
bool leads_to_itself(const endpoint& listen, const endpoint& upstream);

class relay {
public:
    /// Raises the process's soft limit on descriptors to its hard one.
    relay(boost::asio::io_context& context, relay_options options);
    ~relay();
    relay(const relay&) = delete;
    relay& operator=(const relay&) = delete;

    /// Listens for datagrams and connections on `listen` (port 0: one that is free for both UDP and
    /// TCP) and forwards them to `upstream`. Packets count as the flow `flow_name`, so that a
    /// process keeps its network whatever socket it uses; with an empty name each client address is
    /// a flow of its own, named in order of appearance ("1", "2", …). May be called many times.
    /// Returns the endpoint that it listens on. Throws system_error; also where it would lead to
    /// itself.
    endpoint open(const endpoint& listen, const endpoint& upstream, const std::string& flow_name);

    /// The listening endpoints of two calls of open(), which lead from one process to another and
    /// back: `there` to the endpoint that `back` serves as its client, and the other way round. From
    /// now on a datagram that one of them sends from the port where it listens comes from the
    /// endpoint where the other one sends its own: each knows the other by one address.
    void join(const endpoint& there, const endpoint& back);

    /// Stops listening, resets all connections and forgets all clients; datagrams still in flight
    /// become undeliverable. The counters stay, and open() may be called again.
    void shut();
    /// Stops listening for good; datagrams still in flight are forgotten. The counters stay.
    void close();

    /// This holds until the schedule's next change. Packets on their way keep their fates.
    void change(link::direction which, const link::impairments& asked);
    /// From now on connections meet these terms; without any, what datagrams meet.
    void change_streams(std::optional<stream_terms> terms);
    /// What holds now.
    const link::impairments& asked(link::direction which) const;
    /// What held at the start, and whether change() was ever called or the schedule has changes.
    const link::impairments& first_asked(link::direction which) const;
    bool changed(link::direction which) const;
    /// Time since the relay's start, from which schedules count.
    link::duration now() const;
    /// What open() was called for, in order.
    const std::vector<opened>& ports() const;

    link::counters count(link::direction which) const;
    /// The decisions themselves, for what each flow counted.
    const link::lane& decisions(link::direction which) const;
    lateness how_late() const;
    delay_statistics delays(link::direction which) const;
    /// Datagrams and connections of clients beyond clients_max or the system's descriptors.
    std::uint64_t refused() const;
    /// Datagrams that the kernel dropped at the relay's own sockets, because their buffers were full:
    /// no link has decided over them.
    std::uint64_t dropped_by_kernel() const;

private:
    friend class multicast_hub; // its datagrams wait in the same queues

    struct state;
    const std::shared_ptr<departures>& waiting() const;
    std::shared_ptr<state> state_;
};

} // namespace badwire::relay
