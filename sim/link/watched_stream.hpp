// watched_stream.hpp: shows a connection's segments to a packet_watcher, with what the header of
// each says: relative sequence numbers, from 0 for the request, and acknowledgments of all that has
// come in order. A segment and its arrival are shown at once, with their times. Not thread-safe.
//
// The server's side may not know yet from where it is connected to: its segments wait for
// server_sees(), or for the end of the connection.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "sim/link/packet_watcher.hpp"
#include "sim/link/segment_witness.hpp"

namespace badwire::link {

/// A socket's address, of whatever family.
struct stored_address {
    stored_address(const sockaddr* from, std::size_t bytes);
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&stored); }
    sockaddr_storage stored{};
};

class watched_stream final : public segment_witness {
public:
    struct ends {
        stored_address client, entrance; // as the client sees the connection
        stored_address server;           // who serves it
    };

    /// The number-th stream of that flow. The watcher must outlive it.
    watched_stream(packet_watcher& by, std::string flow, std::uint64_t number, const ends& between);
    ~watched_stream() override;
    watched_stream(const watched_stream&) = delete;

    /// From now on the server's side sees the connection come from there.
    void server_sees(const stored_address& from);
    void saw(const seen_segment& one) override;

private:
    // What has come of one direction: in order up to a place, and pieces behind holes.
    struct reception {
        struct coming {
            duration due;
            std::uint64_t begin, end;
        };
        std::deque<coming> on_way{};
        std::map<std::uint64_t, std::uint64_t> behind{};
        std::uint64_t next = 0; // sequence number
        void until(duration now);
    };
    struct shown {
        watched_segment what;
        std::vector<std::byte> payload;
        std::string comment;
    };

    void show_both(watched_segment what, const seen_segment& one);
    void show(watched_segment what, const std::string& comment);
    void show_at_server(const shown& one);

    packet_watcher& watcher_;
    std::string flow_;
    std::uint64_t number_;
    ends ends_;
    std::optional<stored_address> as_server_sees_{};
    std::array<reception, 2> received_{}; // by the direction of what is received
    std::array<std::uint64_t, 2> sent_{}; // up to which sequence number
    std::vector<shown> waiting_;
};

} // namespace badwire::link
