// tcp_forwarder.hpp: the stream half of the relay: accepts connections and makes a tcp_connection
// of each. One io_context's thread.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "sim/relay/core.hpp"
#include "sim/relay/tcp_connection.hpp"

namespace badwire::relay {

class tcp_forwarder : public std::enable_shared_from_this<tcp_forwarder> {
public:
    explicit tcp_forwarder(std::shared_ptr<core> shared) : core_(std::move(shared)) {}

    void open(boost::asio::ip::tcp::acceptor listening, const endpoint& upstream,
              const std::string& flow_name);
    /// Stops listening and resets every connection.
    void close();
    /// What the link is asked to do has changed.
    void asked_changed();

private:
    struct port {
        boost::asio::ip::tcp::acceptor listening;
        boost::asio::steady_timer pause;
        endpoint upstream;
        std::string flow_name;
        std::uint64_t accepted = 0;
    };
    boost::asio::awaitable<void> accept(std::shared_ptr<port> at);

    std::shared_ptr<core> core_;
    bool closed_ = false;
    std::vector<std::shared_ptr<port>> ports_;
    std::set<std::shared_ptr<tcp_connection>> connections_;
};

} // namespace badwire::relay
