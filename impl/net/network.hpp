// network.hpp: all that a program may touch.
//
// A program is a coroutine that takes a network&. It gets its sockets, timers, time, random
// numbers, console, files and metrics from there and from nowhere else; that is what lets the same
// code run on real sockets (impl/real) and in virtual time (sim/virtual), and what makes a run
// repeatable.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "impl/net/asio.hpp"
#include "impl/net/child.hpp"
#include "impl/net/console.hpp"
#include "impl/net/files.hpp"
#include "impl/net/metrics.hpp"
#include "impl/net/multicast.hpp"
#include "impl/net/random.hpp"
#include "impl/net/sockets.hpp"

namespace badwire::net {

/// How long a program that was asked to end may take before it is stopped.
inline constexpr std::chrono::seconds farewell_time{6};

class network {
public:
    network() = default;
    network(const network&) = delete;
    network& operator=(const network&) = delete;
    virtual ~network() = default;

    virtual asio::any_io_executor get_executor() = 0;

    /// The network's own time: monotonic, in nanoseconds, with no meaning outside this machine or
    /// this virtual world.
    virtual time_point now() const = 0;

    virtual timer make_timer() = 0;

    /// A datagram socket bound to `local` (port 0: the network chooses). SO_REUSEADDR is not set:
    /// two receivers on one port would steal each other's datagrams. Throws system_error.
    virtual udp_socket bind_udp(const udp::endpoint& local) = 0;

    /// A socket that hears what is sent to the group and port, and nothing else. SO_REUSEADDR is
    /// set: each of several members on one host hears every datagram. Send from
    /// open_multicast_sender(): datagrams sent from here would have one address for all members.
    /// Throws system_error.
    virtual udp_socket join(const multicast_options& options) = 0;

    /// A socket with an address of its own that sends to groups through that interface. Its
    /// datagrams have TTL 1, so that they stay in the local network; members on this host hear
    /// them, too. Throws system_error.
    virtual udp_socket open_multicast_sender(const asio::ip::address_v4& interface) = 0;

    /// A stream that is not connected yet.
    virtual tcp_stream make_tcp_stream() = 0;

    /// A listening socket with SO_REUSEADDR and the system's longest backlog. Throws system_error.
    virtual tcp_listener listen_tcp(const tcp::endpoint& local) = 0;

    /// The address of a host name or a literal address. Throws failure.
    virtual asio::ip::address resolve(std::string_view host) = 0;

    /// Serves a client on a thread of its own, with a network and a stream of that thread.
    using client_task = std::function<awaitable<void>(network&, tcp_stream)>;

    /// Serves `client` on a thread of its own (real network) or a coroutine (virtual network), and
    /// completes on the caller's executor when the task has ended. What the task throws goes to the
    /// console's error output: one client's failure is not the server's.
    virtual awaitable<void> run_on_thread(tcp_stream client, client_task task) = 0;

    /// The same with a process of its own (real network) or a coroutine (virtual network). The
    /// process has a copy of this one's memory, and its own network: its output appears here, its
    /// metrics are added to these when it ends, and nothing else comes back. It ends with this
    /// program, whatever it is doing, and its crash harms nothing else. Throws failure where it
    /// cannot be started, and when it was killed or crashed.
    virtual awaitable<void> run_on_process(tcp_stream client, client_task task) = 0;

    /// Starts another program, such as a player. Its output and errors go where ours go. Empty in
    /// virtual time, where there is no operating system to run it. Throws failure when it cannot be
    /// started.
    virtual child start_child(const child_command& command) = 0;

    virtual net::console& console() = 0;
    virtual net::files& files() = 0;
    virtual net::metrics& metrics() = 0;
    virtual random_source& random() = 0;

    /// True once the program was told to end (Ctrl+C, SIGTERM, the end of a scenario). Pending
    /// operations are then aborted and new ones fail at once, so a program unwinds by itself.
    virtual bool stopped() const = 0;

    /// For a program that has something to say before it ends; once everything is aborted, it could
    /// send nothing more. The first request to end (Ctrl+C, SIGTERM, the end of a scenario) calls
    /// `handler` instead of stopping the program, which then has farewell_time to end by itself. An
    /// empty handler: the program is stopped at once.
    void on_end_requested(std::function<void()> handler) { end_requested_ = std::move(handler); }

    /// Asks the program to end. False: it has no handler, or was asked before; stop it.
    bool request_end()
    {
        if (!end_requested_) return false;
        std::exchange(end_requested_, nullptr)();
        return true;
    }

    /// Suspends for `delay`.
    awaitable<void> sleep_for(duration delay)
    {
        timer pause = make_timer();
        pause.expires_after(delay);
        co_await pause.async_wait();
    }

private:
    std::function<void()> end_requested_;
};

} // namespace badwire::net
