// tcp_connection.hpp: one connection through the relay: two sockets, and a stream each way.
//
// The link decides how it begins (stream_setup.hpp) and what passes when (stream_path.hpp); this class
// reads, waits and writes. The system has connected the client before we know of it: so what the
// client sends is read when its connect() would have returned in reality, a refusal is a reset at
// that time, and the server gets its connection when the client's acknowledgment has come. A server
// on another machine is connected to at once, to know whether it answers. One io_context's thread.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "sim/link/stream_path.hpp"
#include "sim/link/stream_setup.hpp"
#include "sim/link/watched_stream.hpp"
#include "sim/relay/core.hpp"
#include "sim/relay/listener_probe.hpp"

namespace badwire::relay {

/// Errors come back as values: auto [failed, size] = co_await …(…, as_result).
inline constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable);

/// Closes with a reset instead of an orderly end.
void reset(boost::asio::ip::tcp::socket& socket);

class tcp_connection : public std::enable_shared_from_this<tcp_connection> {
public:
    /// `number`: how many connections of the same name came before. `on_end` is called once.
    tcp_connection(std::shared_ptr<core> shared, boost::asio::ip::tcp::socket client,
                   const std::string& flow_name, std::uint64_t number,
                   std::function<void(tcp_connection&)> on_end);
    ~tcp_connection();

    void start(const endpoint& upstream, std::shared_ptr<listener_probe> probe);
    /// Resets both sides at once.
    void abort();
    /// What the link is asked to do has changed.
    void asked_changed();

private:
    struct stream {
        stream(core& shared, named_flow& names, std::uint64_t number, link::direction towards,
               boost::asio::ip::tcp::socket& source, boost::asio::ip::tcp::socket& sink,
               link::duration start);

        link::direction which;
        boost::asio::ip::tcp::socket& from;
        boost::asio::ip::tcp::socket& to;
        link::stream_path path;
        bool connected = false;               // the sink is
        std::size_t held = 0;                 // bytes that are counted in core::stream_bytes
        boost::asio::steady_timer room, wake; // for the reading part, and for the writing part
    };

    void choose_lanes();
    void show_to(link::packet_watcher& by, const endpoint& upstream);
    link::duration now(link::direction which) { return core_->lane_time(which, clock::now()); }
    boost::asio::awaitable<void> set_up(endpoint upstream, std::shared_ptr<listener_probe> probe);
    boost::asio::awaitable<bool> connect(const endpoint& upstream);
    boost::asio::awaitable<bool> accepts(const endpoint& upstream, listener_probe& probe);
    void established();
    void acknowledged();
    stream& opposite(const stream& of) { return &of == &up_ ? down_ : up_; }
    void count_held(stream& along);
    boost::asio::awaitable<void> await_room(stream& along);
    boost::asio::awaitable<void> read(stream& along);
    boost::asio::awaitable<void> write(stream& along);
    boost::asio::awaitable<void> await_acknowledgment(stream& along);
    boost::asio::awaitable<void> sleep_until(boost::asio::steady_timer& timer, link::duration when);
    void await_reset();
    void spawn(boost::asio::awaitable<void> part);
    void part_ended();
    void end();

    std::shared_ptr<core> core_;
    boost::asio::ip::tcp::socket client_, server_;
    named_flow names_;
    std::uint64_t number_;
    std::function<void(tcp_connection&)> on_end_;
    link::duration started_;
    std::array<std::shared_ptr<link::lane>, 2> begins_through_, goes_through_; // by direction
    std::optional<link::watched_stream> seen_{};
    link::stream_setup setup_;
    stream up_, down_;
    boost::asio::steady_timer setting_up_, reset_timer_;
    bool refused_ = false; // by the link
    bool over_ = false;
    bool resetting_ = false; // nothing more is handed on, in either direction
    int parts_ended_ = 0;    // of those that read and those that write
    int senders_gone_ = 0;   // by a reset
};

} // namespace badwire::relay
