// metrics.hpp: what a program counted and timed, one JSON object at exit (`--metrics FILE`).
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "impl/net/asio.hpp"

namespace badwire::net {

/// One request as a server or a client saw it. `client` is the client's socket address, the same on
/// both sides of a direct connection, which is how the two views are matched. Times are of the
/// network's clock: one clock for all processes of a machine (CLOCK_MONOTONIC) or of a virtual
/// world.
struct request {
    std::string client;
    time_point begin; // client: connection asked for; server: the server begins with this client
    time_point end;   // client: reply complete; server: reply handed over and connection closed
};

/// Counters and times by name; a name says its unit (`elapsed_ms`, `sent_bytes`). Thread-safe.
class metrics {
public:
    /// Adds to a counter that starts at 0.
    void add(std::string_view name, std::int64_t amount = 1);
    /// Sets a value.
    void set(std::string_view name, double value);
    void set(std::string_view name, duration value_ms);

    void add_served(request served); // a server's view
    void add_made(request made);     // a client's view

    /// Adds what another process counted, as its json(). False: it is no such text, nothing added.
    bool add_counted(std::string_view json);

    /// {"name": number, …, "served": [{"client", "begin_ns", "end_ns"}], "made": […]}; empty lists
    /// are left out.
    std::string json() const;

    /// The same without the lists, for who takes them as they are.
    std::string numbers_json() const;
    std::vector<request> served() const;
    std::vector<request> made() const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, double, std::less<>> values_;
    std::vector<request> served_;
    std::vector<request> made_;
};

} // namespace badwire::net
