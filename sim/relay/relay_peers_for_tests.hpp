// relay_peers_for_tests.hpp: the ends that the relay's tests talk with, all on one io_context.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "sim/relay/relay.hpp"

namespace badwire::relay::testing {

inline const boost::asio::ip::address loopback = boost::asio::ip::make_address("127.0.0.1");

/// Runs the context until `met()`; false when that took half a minute, far longer than it should.
template <typename Condition>
bool run_until(boost::asio::io_context& context, Condition met)
{
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!met()) {
        if (std::chrono::steady_clock::now() > limit) return false;
        context.restart();
        context.run_for(std::chrono::milliseconds(1));
    }
    return true;
}

/// A socket that sends and, when asked, looks whether something has come.
class peer {
public:
    explicit peer(boost::asio::io_context& context, const endpoint& at = {loopback, 0})
        : socket_(context, at)
    {
        socket_.non_blocking(true);
        socket_.set_option(boost::asio::socket_base::receive_buffer_size(4 << 20));
    }

    endpoint address() const { return socket_.local_endpoint(); }

    void send(std::string_view text, const endpoint& to)
    {
        socket_.send_to(boost::asio::buffer(text), to);
    }

    std::optional<std::string> receive()
    {
        std::string text(70'000, '\0');
        boost::system::error_code failed;
        text.resize(socket_.receive_from(boost::asio::buffer(text), from_, 0, failed));
        if (failed) return {};
        return text;
    }

    /// The sender of the last datagram.
    const endpoint& from() const { return from_; }

private:
    boost::asio::ip::udp::socket socket_;
    endpoint from_;
};

} // namespace badwire::relay::testing
