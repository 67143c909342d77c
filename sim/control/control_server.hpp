// control_server.hpp: the control API of running relays (api.hpp) over HTTP/1.1. Requests are carried
// out on the relays' own io_context: a change happens between two packets, never in the middle of one.
// The server may run there, too, or on one of its own. It can also serve a page, at /, and events for
// it, at /events: then the page's own origin may ask, and no other.
//
// Bounded: connections_max at once (others wait to be accepted), bodies of body_bytes_max bytes,
// and request_timeout until a request has arrived, also the next one on a connection, and until its
// answer is taken; viewers_max may watch events, each for as long as it reads. gatekeeper.hpp says who
// is let in.
//
// The io_context's one thread; not thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "sim/control/event_feed.hpp"
#include "sim/control/fleet.hpp"

namespace badwire::control {

inline constexpr unsigned short default_port = 8474; // toxiproxy's

struct control_options {
    boost::asio::ip::tcp::endpoint listen{boost::asio::ip::address_v4::loopback(), default_port};
    std::string version = "0"; // of badwire
    std::string token{};       // needed where other machines can reach it
    std::size_t connections_max = 64;
    std::size_t body_bytes_max = std::size_t{1} << 20;
    std::chrono::nanoseconds request_timeout = std::chrono::seconds(10);
    std::string page{};           // HTML; empty: none
    event_feed* events = nullptr; // of the page; not owned
    std::size_t viewers_max = 16;
    std::chrono::nanoseconds viewer_timeout = std::chrono::seconds(30); // without reading anything
};

class control_server {
public:
    /// Listens. The links must outlive the server or its close(). Throws system_error, and
    /// invalid_argument where a token is missing.
    control_server(boost::asio::io_context& context, fleet& links, control_options options);
    /// With nothing to control: only the page and its events.
    control_server(boost::asio::io_context& context, control_options options);
    ~control_server();
    control_server(const control_server&) = delete;
    control_server& operator=(const control_server&) = delete;

    boost::asio::ip::tcp::endpoint listening() const;

    /// Stops listening and ends all connections.
    void close();
    /// The same once all viewers have read the end of the events, or after that time; then calls
    /// `closed`.
    void finish(std::chrono::nanoseconds within, std::function<void()> closed);

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace badwire::control
