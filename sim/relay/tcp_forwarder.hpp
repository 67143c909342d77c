// tcp_forwarder.hpp: the stream half of the relay: accepts connections and makes a tcp_connection
// of each.
//
// The system answers a client's request before we know of it. While the link is cut, a filter drops
// the requests, so that the client's system repeats them. One io_context's thread.
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
    explicit tcp_forwarder(std::shared_ptr<core> shared)
        : core_(std::move(shared)), next_change_(core_->context)
    {
    }

    void open(boost::asio::ip::tcp::acceptor listening, const endpoint& upstream,
              const std::string& flow_name);
    /// Stops listening and resets every connection.
    void shut();
    /// The same, for good.
    void close();
    /// What the link is asked to do has changed.
    void asked_changed();

private:
    struct port {
        boost::asio::ip::tcp::acceptor listening;
        boost::asio::steady_timer pause; // of the accepting part
        endpoint upstream;
        std::string flow_name;
        std::uint64_t accepted = 0;
        bool shut = false; // what comes is dropped
    };
    boost::asio::awaitable<void> accept(std::shared_ptr<port> at);
    bool cut(const port& at);
    void shut_during_cuts();

    std::shared_ptr<core> core_;
    std::shared_ptr<listener_probe> probe_ = std::make_shared<listener_probe>();
    boost::asio::steady_timer next_change_; // of the link
    bool closed_ = false;
    std::vector<std::shared_ptr<port>> ports_;
    std::set<std::shared_ptr<tcp_connection>> connections_;
};

} // namespace badwire::relay
