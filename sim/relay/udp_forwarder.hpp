// udp_forwarder.hpp: the datagram half of the relay. Reads in batches, asks the link, hands on in
// batches; what is delayed is kept and waits for its time. One io_context's thread.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "sim/relay/delay_queue.hpp"
#include "sim/relay/udp_flow.hpp"

namespace badwire::relay {

class udp_forwarder : public std::enable_shared_from_this<udp_forwarder> {
public:
    explicit udp_forwarder(std::shared_ptr<core> shared);

    void open(boost::asio::ip::udp::socket listening, const endpoint& upstream,
              const std::string& flow_name);
    /// Must be called before the last reference goes; nothing happens afterwards.
    void close();

private:
    void await_clients(std::shared_ptr<udp_port> at);
    void await_replies(std::shared_ptr<udp_flow> of);
    template <typename OnDatagram>
    void drain(boost::asio::ip::udp::socket& socket, OnDatagram on_datagram);
    udp_flow* flow_from(udp_port& at, const peer_address& client);
    void offer(udp_flow& of, link::direction which, std::size_t i, clock::time_point now);

    void hand_on(std::span<outgoing> items);
    void send(datagram_exit& by, std::span<outgoing*> group);
    void delivered(outgoing& item, clock::time_point left);
    void undeliverable(outgoing& item, std::string_view reason);
    void release(outgoing& item);
    void park(datagram_exit& by, outgoing& item);
    void await_room(datagram_exit& by);
    void retry(datagram_exit& by);

    void hand_on_due();
    void arm();
    void forget_idle_flows();

    std::shared_ptr<core> core_;
    link::coordinates wanted_;
    bool closed_ = false;
    std::vector<std::shared_ptr<udp_port>> ports_;

    receive_batch received_;
    std::vector<outgoing> undelayed_; // of what was just received
    send_batch sending_;
    std::array<outgoing*, batch_size> group_{};

    packet_pool pool_;
    delay_queue<clock::time_point, outgoing> delayed_;
    std::vector<outgoing> leaving_;
    boost::asio::steady_timer timer_;
    bool armed_ = false;
    clock::time_point armed_for_{};
    clock::time_point last_left_{};
    boost::asio::steady_timer idle_timer_;
};

} // namespace badwire::relay
