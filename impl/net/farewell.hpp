// farewell.hpp: for a program that has something to say before it ends.
//
// Stopping a network ends everything at once: whoever speaks over datagrams cannot even say
// goodbye. So the first request to end (Ctrl+C, SIGTERM, the end of a scenario) goes to the
// program, if it wants to know; it then has farewell_time to end by itself. Not thread-safe: on the
// network's executor only.
#pragma once

#include <chrono>
#include <functional>
#include <utility>

#include "impl/net/network.hpp"

namespace badwire::net {

inline constexpr std::chrono::seconds farewell_time{6};

/// What a network is besides, if it can ask before it stops.
class farewell {
public:
    void on_end_requested(std::function<void()> handler) { end_requested_ = std::move(handler); }

    /// What Ctrl+C does. False: the program does not want to know, or knows already; stop it.
    bool request_end()
    {
        if (!end_requested_) return false;
        std::exchange(end_requested_, nullptr)();
        return true;
    }

protected:
    ~farewell() = default;

private:
    std::function<void()> end_requested_;
};

/// Calls `handler` for the first request to end, instead of stopping the program.
inline void on_end_requested(network& of, std::function<void()> handler)
{
    if (auto* asks = dynamic_cast<farewell*>(&of)) asks->on_end_requested(std::move(handler));
}

} // namespace badwire::net
