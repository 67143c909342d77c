// world.hpp: a virtual world: a clock that jumps from event to event, an executor, and one host
// (127.0.0.1) whose ports lead to virtual sockets and links.
//
// A world is single-threaded and shares nothing with other worlds: many run side by side in
// threads.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>

#include "sim/virtual/event_queue.hpp"
#include "sim/virtual/host.hpp"

namespace badwire::sim {

/// Runs functions as events of a world, of the harness or of one program; converts to
/// asio::any_io_executor.
class world_executor {
public:
    explicit world_executor(world& owner) : world_(&owner) {}
    explicit world_executor(host& program) : world_(&program.in()), host_(&program) {}

    net::asio::execution_context& query(net::asio::execution::context_t) const noexcept;
    static constexpr net::asio::execution::blocking_t
    query(net::asio::execution::blocking_t) noexcept
    {
        return net::asio::execution::blocking.never;
    }
    world_executor require(net::asio::execution::blocking_t::never_t) const { return *this; }

    template <typename Function>
    void execute(Function function) const;

    bool operator==(const world_executor&) const noexcept = default;

private:
    world* world_;
    host* host_ = nullptr;
};

/// The payload of a datagram, and the byte of its IP header that has the ECN codepoint in its last two
/// bits (RFC 2474, RFC 3168).
struct datagram : std::vector<std::byte> {
    using vector::vector;
    explicit datagram(std::vector<std::byte> payload, std::uint8_t service = 0)
        : vector(std::move(payload)), traffic_class(service)
    {
    }

    std::uint8_t traffic_class = 0;
};
inline constexpr std::uint8_t ecn_bits = 3;

/// What stands behind a UDP port: a virtual socket, or one side of a link.
struct datagram_port {
    virtual void arrive(const net::udp::endpoint& from, datagram contents) = 0;
    /// The same, for whom it matters to which of its addresses that was sent.
    virtual void arrive_at(const net::udp::endpoint& to, const net::udp::endpoint& from,
                           datagram contents)
    {
        static_cast<void>(to);
        arrive(from, std::move(contents));
    }
    /// Of several at one address, a connected one hears its peer, and nobody else.
    enum class hearing { nothing, anybody, its_peer };
    virtual hearing hears(const net::udp::endpoint& from) const
    {
        static_cast<void>(from);
        return hearing::anybody;
    }
    /// What was sent from here found nobody, as ICMP's port unreachable tells.
    virtual void undeliverable(const net::udp::endpoint& to) { static_cast<void>(to); }
    /// Bound to all addresses: whether it hears what is sent to a group that others have joined, too
    /// (IP_MULTICAST_ALL).
    virtual bool hears_group(const net::asio::ip::address& group) const
    {
        static_cast<void>(group);
        return false;
    }
    /// The program that has it, if one has.
    virtual const host* owner() const { return nullptr; }
    /// Whether others that say so, too, may bind the same port (SO_REUSEADDR); the last one hears.
    virtual bool shares() const { return false; }

protected:
    ~datagram_port() = default;
};

class virtual_stream;

/// What stands behind a listening TCP port.
struct stream_port {
    /// A connection request, in the client's initiating function. The port answers later by
    /// client.accepted() or client.refused(), unless the client has gone.
    virtual void request(virtual_stream& client) = 0;
    /// The program that listens, if it is one.
    virtual const host* owner() const { return nullptr; }
    /// Whether others that say so, too, may listen at the same address (SO_REUSEPORT).
    virtual bool shares() const { return false; }

protected:
    ~stream_port() = default;
};

/// What lies between programs that send to one another's own addresses, not to a link's.
struct neighbourhood {
    /// Carries a datagram to `port`, which may be nobody's at the moment (null); false: nothing lies
    /// between.
    virtual bool carry(const host& from, datagram_port* port, const net::udp::endpoint& sender,
                       const net::udp::endpoint& receiver, datagram& contents) = 0;
    /// Where a connection from one to the other, or to nobody, really goes to.
    virtual net::tcp::endpoint way(const host& from, const stream_port* to,
                                   const net::tcp::endpoint& asked) = 0;

protected:
    ~neighbourhood() = default;
};

/// Waits for what the system keeps, and what another program of the world may change there.
struct bystander {
    virtual void look_again() = 0;

protected:
    ~bystander() = default;
};

/// An event that runs a function once and deletes itself.
template <typename Function>
class function_event final : public event {
public:
    explicit function_event(Function function) : function_(std::move(function)) {}
    void fire() override
    {
        Function function(std::move(function_));
        delete this;
        function();
    }

private:
    Function function_;
};

/// The same, of a program.
template <typename Function>
class host_event final : public event {
public:
    host_event(host& of, Function function) : host_(of), function_(std::move(function)) {}
    void fire() override
    {
        if (host_.holds(*this)) return;
        Function function(std::move(function_));
        delete this;
        function();
    }

private:
    host& host_;
    Function function_;
};

/// The world makes no progress: events go on for ever at one instant.
struct stuck : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class world : public net::asio::execution_context {
public:
    /// `most_events_at_one_instant`: after so many, run() decides that the world is stuck. The
    /// default leaves room for a gigabyte that programs exchange in no time.
    explicit world(std::uint64_t most_events_at_one_instant = 100'000'000)
        : most_events_at_one_instant_(most_events_at_one_instant)
    {
    }
    ~world();

    world_executor get_executor() { return world_executor(*this); }
    net::time_point now() const { return queue_.now(); }
    event_queue& queue() { return queue_; }
    std::uint64_t events() const { return events_; }

    /// Runs `function` at `when`.
    template <typename Function>
    void at(net::time_point when, Function function)
    {
        queue_.schedule(*new function_event<Function>(std::move(function)), when);
    }
    template <typename Function>
    void post(Function function)
    {
        queue_.schedule_now(*new function_event<Function>(std::move(function)));
    }

    /// A program's side of this world, which lives as long as the world.
    host& make_host();

    /// Another order of what can happen at one instant: at `swaps` places, chosen by `seed`, the
    /// program that is about to go on lets all others go first. Fewer places are late in a run than
    /// early: half of them are among the first 1000 times that a program goes on.
    /// As many times a guest's thread, which is not the only one of its process, loses its core
    /// after a call, for 10 µs to 100 ms, as on a busy machine.
    void reorder(std::uint64_t seed, unsigned swaps);
    /// Such a thread is about to go on after a call: for how long it loses its core, usually 0.
    net::duration lose_core()
    {
        if (losses_.empty()) [[likely]]
            return net::duration(0);
        return next_loss();
    }
    /// A watched host's program is about to go on.
    void about_to_go_on(host& which);

    /// Runs until no event is left (then false) or `most_events` have run (then true). Throws stuck
    /// when time stands still for too many events.
    bool run(std::uint64_t most_events = UINT64_MAX);

    /// Is called, between two events, whenever no event is left that could wake a program, but some
    /// that the harness waits for.
    void on_deadlock(std::function<void()> tell) { on_deadlock_ = std::move(tell); }

    /// Registers a port; at a multicast address, one more member of that group. Port 0 takes the
    /// next free port from 49152; a port that is taken throws system_error(address_in_use), unless
    /// both share it.
    net::udp::endpoint open(datagram_port& port, net::udp::endpoint local);
    net::tcp::endpoint open(stream_port& port, net::tcp::endpoint local);
    /// A free address for a stream that does not listen.
    net::tcp::endpoint ephemeral();
    void close(const datagram_port& port, const net::udp::endpoint& local);
    void close(const stream_port& port, const net::tcp::endpoint& local);

    /// Hands a datagram to the owner of the port, or to every member of the group in the order in
    /// which they joined, each as an event of this instant. Without an owner it is lost.
    void send(const net::udp::endpoint& from, const net::udp::endpoint& to, datagram contents);
    /// The same, of a program: over what lies between it and the owner of the port.
    void send(const host& program, const net::udp::endpoint& from, const net::udp::endpoint& to,
              datagram contents);
    /// Where a program's connection to that address goes to.
    net::tcp::endpoint way(const host& program, const net::tcp::endpoint& to) const;
    /// None by default. It must outlive what the programs send.
    void set_neighbourhood(neighbourhood* between) { between_ = between; }

    /// Hands a datagram that was sent to a group to one who hears that, if it still does.
    void hand_to_member(datagram_port& member, const net::udp::endpoint& from,
                        const net::udp::endpoint& group, datagram contents);
    /// To whoever is bound to that port at all addresses of IPv4 (RFC 919).
    void broadcast(const host& program, const net::udp::endpoint& from, std::uint16_t port,
                   const datagram& contents);

    /// Whether that datagram would find an owner now, or goes to a group.
    bool receives(const net::udp::endpoint& to) const;

    bool taken(const net::udp::endpoint& local) const { return datagram_ports_.contains(local); }
    /// As Linux sees it: bound to the port at the same address, or one of the two to all addresses.
    bool conflicts(const datagram_port& one, const net::udp::endpoint& local) const;
    /// `shares`: SO_REUSEADDR, which does without waiting for the end of former connections.
    /// `listens_beside`: SO_REUSEPORT.
    bool conflicts(const net::tcp::endpoint& local, bool shares, bool listens_beside = false) const;

    /// A socket has bound the address without listening there, until release().
    void reserve(const net::tcp::endpoint& local, bool shares) { reserved_.emplace(local, shares); }
    void release(const net::tcp::endpoint& local);
    /// A connection was closed from there first: the address rests (TIME_WAIT, RFC 9293, 3.6.1).
    void rest_after_close(const net::tcp::endpoint& local);

    void add(bystander& one) { bystanders_.push_back(&one); }
    void remove(bystander& one) { std::erase(bystanders_, &one); }
    /// After each step of one.
    void let_others_look(const bystander& but)
    {
        for (bystander* const one : bystanders_)
            if (one != &but) one->look_again();
    }

    /// Whether a socket has bound the port, for datagrams or connections.
    bool bound(std::uint16_t port) const;

    /// The listener at `to`, or nothing; of several, each client's port has its own.
    stream_port* find(const net::tcp::endpoint& to, std::uint16_t client = 0) const;

private:
    template <typename Ports, typename Endpoint>
    Endpoint take(const Ports& ports, Endpoint local);

    datagram_port* hearer(const net::udp::endpoint& to, const net::udp::endpoint& from) const;
    std::vector<datagram_port*> bound_everywhere(const net::udp::endpoint& at) const;
    void close_shared(const datagram_port& port, const net::udp::endpoint& local);
    void send_to_group(const host* program, const net::udp::endpoint& from,
                       const net::udp::endpoint& group, const datagram& contents);
    std::vector<datagram_port*> hearers_of_all_groups(const net::udp::endpoint& group) const;

    event_queue queue_;
    std::function<void()> on_deadlock_;
    std::uint64_t events_ = 0;
    bool run_here(std::uint64_t most_events);
    void end_yields();

    net::asio::io_context thread_{1}; // runs only run_here: see there
    net::time_point instant_{};
    std::uint64_t events_at_instant_ = 0;
    std::uint64_t most_events_at_one_instant_;
    std::list<host> hosts_;
    std::vector<std::uint64_t>
        swaps_; // the last is the next: how many times programs went on before
    std::uint64_t gone_on_ = 0;
    struct loss {
        std::uint64_t place; // how many times threads went on before
        net::duration time;
    };
    std::vector<loss> losses_; // the last is the next
    std::uint64_t threads_gone_on_ = 0;
    net::duration next_loss();
    std::vector<host*> yielding_;
    neighbourhood* between_ = nullptr;
    std::vector<bystander*> bystanders_;
    std::map<net::udp::endpoint, datagram_port*> datagram_ports_;
    std::map<net::udp::endpoint, std::vector<datagram_port*>> sharers_; // who bound before
    std::map<net::udp::endpoint, std::map<std::uint64_t, datagram_port*>> groups_;
    std::uint64_t memberships_ = 0;
    std::map<net::tcp::endpoint, stream_port*> stream_ports_;
    std::map<net::tcp::endpoint, std::vector<stream_port*>> beside_; // who listen there as well
    std::multimap<net::tcp::endpoint, bool> reserved_;               // and whether it shares
    std::map<net::tcp::endpoint, net::time_point> resting_;
    std::uint16_t next_port_ = first_ephemeral_port;
    static constexpr std::uint16_t first_ephemeral_port = 49152; // RFC 6335, section 6
};

inline net::asio::execution_context&
world_executor::query(net::asio::execution::context_t) const noexcept
{
    return *world_;
}

template <typename Function>
void world_executor::execute(Function function) const
{
    if (host_ == nullptr) return world_->post(std::move(function));
    world_->queue().schedule_now(*new host_event<Function>(*host_, std::move(function)));
}

} // namespace badwire::sim
