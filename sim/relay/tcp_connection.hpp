// tcp_connection.hpp: one connection through the relay: two sockets and a stream each way.
//
// A stream is cut into pieces as they are read; each waits for the link's delay and none overtakes
// another. The end of a stream and a reset are pieces, too: they take as long and stay in order.
// The connection to the upstream begins one delay after the client's was accepted. One io_context's
// thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

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

private:
    struct piece {
        enum class kind { data, end, reset } is;
        clock::time_point due;
        std::vector<char> bytes{};
    };
    struct stream {
        stream(boost::asio::io_context& context, link::direction towards,
               boost::asio::ip::tcp::socket& source, boost::asio::ip::tcp::socket& sink);

        link::direction which;
        boost::asio::ip::tcp::socket& from;
        boost::asio::ip::tcp::socket& to;
        std::deque<piece> pieces{};
        std::size_t bytes = 0; // in all pieces
        boost::asio::steady_timer arrived, room, departure;
    };

    boost::asio::awaitable<void> connect(endpoint upstream);
    boost::asio::awaitable<void> read(stream& along);
    boost::asio::awaitable<void> write(stream& along);
    void spawn(boost::asio::awaitable<void> part);
    void end();

    std::shared_ptr<core> core_;
    boost::asio::ip::tcp::socket client_, server_;
    named_flow names_;
    std::uint64_t number_;
    std::function<void(tcp_connection&)> on_end_;
    stream up_, down_;
    bool aborted_ = false;
    int streams_ended_ = 0;
};

} // namespace badwire::relay
