// connection_leg.hpp: the part of a virtual connection that one link makes: of one that goes through
// several links in a row, each has one. For stream_entrance.cpp. World's thread.
#pragma once

#include <optional>

#include "sim/link/stream_setup.hpp"
#include "sim/link/watched_stream.hpp"
#include "sim/virtual/stream_entrance.hpp"

namespace badwire::sim {

class connection_leg final : public stream_entrance::list_hook {
public:
    connection_leg(linked_connection& in, stream_entrance& by)
        : of(in), through(&by), number(by.asked_++)
    {
        by.connections_.push_back(*this);
    }
    connection_leg(const connection_leg&) = delete;

    link::lane& up() const { return through->up_; }
    link::lane& down() const { return through->down_; }
    link::flow& flow_up() const { return through->flow_up_; }
    link::flow& flow_down() const { return through->flow_down_; }

    // Whether there is somebody to show it to.
    bool show_to(const net::tcp::endpoint& client)
    {
        if (through->watcher_ == nullptr) return false;
        const auto stored = [](const net::tcp::endpoint& at) {
            return link::stored_address(at.data(), at.size());
        };
        seen.emplace(*through->watcher_, link::lane::name_of(flow_up()), number,
                     link::watched_stream::ends{stored(client), stored(through->at_),
                                                stored(through->upstream_)});
        seen->server_sees(stored(client));
        return true;
    }

    // The request has come to this link.
    void begin(link::duration now)
    {
        setup.emplace(up(), flow_up(), down(), flow_down(), number, now);
        if (seen) setup->watch(&*seen);
        up().advance(now);
        refused = up().stream_refused(flow_up(), number);
    }

    linked_connection& of;
    stream_entrance* through; // null: it is no more
    std::uint64_t number;
    std::optional<link::watched_stream> seen{};
    std::optional<link::stream_setup> setup{};
    bool refused = false;      // by the link
    bool waits = false;        // for the answer of the next one
    bool answered = false;     // the side of the client knows
    bool acknowledged = false; // the side of the server knows
    link::duration answered_at{0}, acknowledged_at{0};
};

} // namespace badwire::sim
