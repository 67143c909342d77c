// tcp_connection.hpp: one connection through the relay: two sockets, and a stream each way.
//
// The link's stream_path decides what passes when (stream_path.hpp); this class reads, waits and
// writes. It connects to the upstream when the link is not cut, one delay after it accepted the
// client. One io_context's thread.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "sim/link/stream_path.hpp"
#include "sim/relay/core.hpp"

namespace badwire::relay {

/// Closes with a reset instead of an orderly end.
void reset(boost::asio::ip::tcp::socket& socket);

class tcp_connection : public std::enable_shared_from_this<tcp_connection> {
public:
    /// `number`: how many connections of the same name came before. `on_end` is called once.
    tcp_connection(std::shared_ptr<core> shared, boost::asio::ip::tcp::socket client,
                   const std::string& flow_name, std::uint64_t number,
                   std::function<void(tcp_connection&)> on_end);

    void start(const endpoint& upstream);
    /// Resets both sides at once.
    void abort();
    /// What the link is asked to do has changed.
    void asked_changed();

private:
    struct stream {
        stream(core& shared, named_flow& names, std::uint64_t number, link::direction towards,
               boost::asio::ip::tcp::socket& source, boost::asio::ip::tcp::socket& sink);

        link::direction which;
        boost::asio::ip::tcp::socket& from;
        boost::asio::ip::tcp::socket& to;
        link::stream_path path;
        bool connected = false;               // the other side is connected
        boost::asio::steady_timer room, wake; // for the reading part, and for the writing part
    };

    link::duration now(link::direction which) { return core_->lane_time(which, clock::now()); }
    boost::asio::awaitable<void> connect(endpoint upstream);
    boost::asio::awaitable<void> pass_request();
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
    stream up_, down_;
    boost::asio::steady_timer connecting_, reset_timer_;
    bool aborted_ = false;
    bool resetting_ = false; // nothing more is handed on, in either direction
    int parts_ended_ = 0;    // of those that read and those that write
    int senders_gone_ = 0;   // by a reset
};

} // namespace badwire::relay
