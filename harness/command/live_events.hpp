// live_events.hpp: what happens on links and in runs, as events of the live page (reports/live.hpp says
// which). Packets are told in the carriers' threads, and put into words in that of the page's server.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "harness/run/packet_rows.hpp"
#include "harness/run/run_watcher.hpp"
#include "harness/run/runner.hpp"
#include "sim/control/event_feed.hpp"
#include "sim/control/fleet.hpp"

namespace badwire::harness {

/// Tells of every packet once its fate is final: it was dropped, or it and its copies were handed on.
/// The carriers' thread.
class live_packets {
public:
    /// `who`: between whom a packet passes; called in the server's thread. The feed must outlive the
    /// packets.
    live_packets(control::event_feed& feed, link::wire_tables wires, packet_rows::ends who);
    ~live_packets();

    /// Watches one more link in the place of `next`, which may be null and is shown everything.
    link::packet_watcher* before(link::packet_watcher* next);

private:
    class watcher;
    struct rows;

    control::event_feed& feed_;
    std::shared_ptr<rows> rows_;
    std::list<watcher> watchers_;
};

/// Runs, one after the other.
class live_runs final : public run_watcher {
public:
    explicit live_runs(control::event_feed& feed) : feed_(feed) {}

    void begin(const planned_run& run);
    /// After the last.
    void end(const run_record* last);

    link::packet_watcher* before(link::packet_watcher* next) override;
    void happened(const log_event& event) override;

private:
    control::event_feed& feed_;
    std::uint64_t number_ = 0;
    std::optional<live_packets> packets_;
};

/// A running relay. Its thread.
class live_relay {
public:
    live_relay(control::event_feed& feed, std::string main_link, link::wire_tables wires);

    link::packet_watcher* before(link::packet_watcher* next) { return packets_.before(next); }
    /// Tells of the links as they are, if anything changed.
    void look(const control::fleet& links);
    void end();

private:
    control::event_feed& feed_;
    const std::string main_link_; // whose clients need no link's name
    const std::string run_;       // what no other relay is called, not even a later one
    json told_{};
    live_packets packets_;
};

} // namespace badwire::harness
