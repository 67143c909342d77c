// live_relay.hpp: a relay that runs in a thread of its own while Python goes on, and is changed
// meanwhile, as `badwire relay` and `badwire ctl` do it.
//
// Thread-safe. Every call may be made with or without the GIL; calls that wait for the relay's
// thread must be made without it, so that other Python threads go on.
#pragma once

#include <cstdint>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "bindings/service_thread.hpp"
#include "sim/capture/capture_watcher.hpp"
#include "sim/capture/pcapng_writer.hpp"
#include "sim/control/control_server.hpp"
#include "sim/control/fleet.hpp"

namespace badwire::bindings {

/// What a relay is asked to be. Files: empty where none is wanted.
struct relay_request {
    relay::endpoint listen{}, to{};
    std::string link = "{}", wires = "{}"; // JSON, as a scenario has them
    std::uint64_t seed = 1;
    std::string name = "relay";
    std::string trace{}, capture{};
    std::chrono::nanoseconds idle_after = relay::relay_options{}.idle_after;
    bool precise = false;
    std::optional<relay::endpoint> control{}; // takes requests over HTTP
    std::string token{};                      // that they must carry; empty: none
};

class live_relay {
public:
    /// Listens, and begins. Throws mistake, control::problem and system_error.
    explicit live_relay(const relay_request& asked);
    ~live_relay();
    live_relay(const live_relay&) = delete;
    live_relay& operator=(const live_relay&) = delete;

    const relay::endpoint& address() const { return address_; }
    /// Where requests are taken, if they are.
    const std::optional<relay::endpoint>& control() const { return control_at_; }

    /// Counters in both directions, of each client, lateness and so on; after close(), the last
    /// state. Throws the failure of the relay's thread, if any.
    nlohmann::json state();

    /// Calls `use` with the link, between two packets, and returns what that returns. Throws what it
    /// throws, the failure of the thread, and logic_error after close().
    nlohmann::json with_link(const std::function<nlohmann::json(control::controlled_link&)>& use);

    /// Stops listening, ends the thread and completes the files; a second call does nothing. Throws
    /// the thread's failure, or system_error where a file could not be written.
    void close();

private:
    relay::relay_options options_of(const std::string& link);
    void listen_for_requests();
    nlohmann::json state_now() const;
    void end_files();

    const relay_request asked_;
    const link::link_options link_;
    std::ofstream trace_;
    std::unique_ptr<capture::pcapng_writer> capture_;
    std::map<std::string, capture::capture_watcher> watchers_; // by link
    service_thread thread_;
    control::fleet links_;
    std::optional<control::control_server> control_;
    relay::endpoint address_;
    std::optional<relay::endpoint> control_at_;
    nlohmann::json last_flows_ = nlohmann::json::object(); // at the end
};

} // namespace badwire::bindings
