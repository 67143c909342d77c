// stage.hpp: where a scenario is played: on real processes or in a virtual world. The director does
// not know which.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/judge/record.hpp"
#include "harness/scenario/scenario.hpp"
#include "impl/net/network.hpp"
#include "sim/link/fidelity.hpp"
#include "sim/link/packet_watcher.hpp"

namespace badwire::harness {

/// A process about to start, every reference resolved.
struct launch {
    const process_spec* spec = nullptr;
    std::vector<std::string> words; // the program's arguments, or the whole command
    std::map<std::string, std::string> env;
    std::filesystem::path folder;       // its own, existing
    std::filesystem::path metrics_file; // where it writes its metrics
    std::uint64_t seed = 0;
    bool again = false; // it was started before: its logs go on
};

/// A command that does not run, because of what it is: there is no such program, or it is none.
struct cannot_run : net::failure {
    using net::failure::failure;
};

/// Whom an actor tells what it does; called on the stage's executor.
struct actor_watcher {
    std::function<void(std::string_view text)> output;
    std::function<void(std::string_view text)> errors;
    std::function<void(int exit)> ended; // last of all
    /// It did what this stage cannot carry out; it has been killed, and what it did proves nothing.
    std::function<void(const std::string& why)> gave_up{};
};

/// A process that was started. Destroying it before it ended kills it.
class actor {
public:
    virtual ~actor() = default;
    virtual void type_line(const std::string& line) = 0;
    virtual void end_input() = 0;
    virtual void stop() = 0;   // as SIGTERM
    virtual void kill() = 0;   // as SIGKILL
    virtual void pause() = 0;  // as SIGSTOP
    virtual void resume() = 0; // as SIGCONT
    /// What it measured, once it has ended. Throws mistake where what it wrote cannot be used.
    virtual measures measured() const = 0;
    /// How long it waited for a core, since it was last told that it is ready; 0 in virtual time.
    virtual duration waited() const = 0;
    virtual void is_ready() = 0;
    /// What it waits for, besides time, and since when; in virtual time, where that is known.
    virtual std::vector<std::pair<std::string, net::time_point>> waits_for() const { return {}; }
    /// Why it is no fault of its that it has not ended, in virtual time: it computes; else empty.
    virtual std::string computes() const { return {}; }
    /// What of the machine the run depended on, in virtual time, so that another may differ; else empty.
    virtual std::string depends_on_machine() const { return {}; }
    /// Why a part of what it printed is not in its logs, for people; else empty. Once it has ended.
    virtual std::string lost_output() const = 0;
};

/// Where a process multicasts: to a group of its own, which a link leads to and from. One seat of
/// no process and no link stands for all who multicast without one.
struct group_seat {
    std::string process;
    std::string link;
    net::udp::endpoint group;
};

/// Whom to tell when a packet comes to a link, and which packet.
struct packet_trigger {
    const process_fault::packet_trigger* on = nullptr;
    std::function<void()> tell; // between two events of the stage; for the first that is meant
};

class run_trace;
class run_watcher;

struct stage_options {
    const scenario* what = nullptr;
    network_kind network = network_kind::direct;
    std::uint64_t seed = 1;
    std::uint64_t interleaving = 0; // in virtual time
    std::filesystem::path folder;   // the run's own, existing
    run_trace* trace = nullptr; // is shown every packet, and packets.jsonl is written; not owned
    bool capture = false;       // write capture.pcapng into it
    link::packet_watcher* watcher = nullptr; // in a capture's stead; not owned
    run_watcher* onlooker = nullptr;         // besides; not owned
    std::string mark; // BADWIRE_RUN of real processes, to find every one of them again
    const std::atomic<bool>* cancelled = nullptr;
};

class stage {
public:
    virtual ~stage() = default;

    /// The harness' own view: time, timers, executor.
    virtual net::network& network() = 0;

    /// A timer whose passing lets no process go on: of limits, and of looking again.
    virtual net::timer make_idle_timer() { return network().make_timer(); }
    /// Calls `tell` when no process can go on and nothing is left that could wake one, where the
    /// stage knows; maybe several times.
    virtual void on_deadlock(std::function<void()> tell) { static_cast<void>(tell); }
    /// Before the first process starts.
    virtual void on_packet(packet_trigger trigger) = 0;
    /// What the links dropped so far.
    virtual std::vector<flow_losses> losses() const = 0;

    /// Starts a process. Throws cannot_run, or net::failure where the system refuses.
    virtual std::unique_ptr<actor> start(const launch& what, actor_watcher watcher) = 0;

    /// A port that nobody else uses until the stage is gone.
    virtual std::uint16_t lease_port() = 0;

    /// Where a process, or another of the same host, has bound the port, for UDP or listening for TCP:
    /// 127.0.0.1 where that reaches it. Nothing: nobody has.
    virtual std::optional<net::asio::ip::address> bound_at(const process_spec& of,
                                                           std::uint16_t port) = 0;

    /// Where others reach what a process has bound at that address.
    virtual net::asio::ip::address reached_at(const process_spec& of,
                                              const net::asio::ip::address& bound) const
    {
        static_cast<void>(of);
        return bound;
    }

    /// Whether links have entrances of their own, which processes are told in the stead of one another's
    /// addresses; otherwise the functions below are not called.
    virtual bool has_entrances() const = 0;

    /// An entrance to a link that leads to `upstream`, for one process.
    virtual net::udp::endpoint open_link(const std::string& link,
                                         const net::udp::endpoint& upstream,
                                         const std::string& flow) = 0;

    /// Two entrances to that link, from one process to another and back: each of the two processes
    /// now knows the other by one address, where it sends to and where datagrams come from.
    virtual void join_entrances(const std::string& link, const net::udp::endpoint& there,
                                const net::udp::endpoint& back) = 0;

    /// From now on, what is sent to one of these groups reaches all others, over the links on the
    /// way. Once at most.
    virtual void link_groups(const std::vector<group_seat>& seats) = 0;

    /// What the links counted, as results.json has it.
    virtual json link_results() = 0;

    /// How long the harness itself waited for a core, its relays included; 0 in virtual time.
    virtual duration waited() const = 0;

    /// Plays until `play` has returned. Calls `cancel` with a reason, on the executor, when the run
    /// was cancelled or cannot go on.
    virtual void perform(std::function<net::awaitable<void>()> play,
                         std::function<void(const std::string& why)> cancel) = 0;
};

std::unique_ptr<stage> make_real_stage(const stage_options& options); // direct, relay
std::unique_ptr<stage> make_hosts_stage(const stage_options& options);
std::unique_ptr<stage> make_virtual_stage(const stage_options& options);
/// The one of the options' network. Throws net::failure where it cannot be had.
std::unique_ptr<stage> make_stage(const stage_options& options);

/// The entry of one link in results.json: what was asked, and for each direction its counters and
/// how faithful they are.
json link_result(const link::link_options& asked, const link::lane& up,
                 const link::delay_statistics& up_delays, const link::lane& down,
                 const link::delay_statistics& down_delays);

} // namespace badwire::harness
