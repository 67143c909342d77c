// udp_forwarder.hpp: the datagram half of the relay. Reads in batches, asks the link, hands on in
// batches; what is delayed is kept and waits for its time, what others shall overtake waits for
// them. One io_context's thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "sim/link/overtaking.hpp"
#include "sim/relay/delay_queue.hpp"
#include "sim/relay/udp_sender.hpp"

namespace badwire::relay {

class udp_forwarder : public std::enable_shared_from_this<udp_forwarder> {
public:
    explicit udp_forwarder(std::shared_ptr<core> shared);

    void open(boost::asio::ip::udp::socket listening, const endpoint& upstream,
              const std::string& flow_name);
    /// What the link is asked for is different now.
    void asked_changed();
    /// Must be called before the last reference goes; nothing happens afterwards.
    void close();

private:
    using overtaking = link::overtaking<packet_handle>;

    void prepare(boost::asio::ip::udp::socket& socket);
    void await_clients(std::shared_ptr<udp_port> at);
    void await_replies(std::shared_ptr<udp_flow> of);
    template <typename FlowFrom>
    void drain(boost::asio::ip::udp::socket& socket, link::direction which, FlowFrom flow_from);
    template <typename FlowFrom>
    void offer_all(std::size_t messages, link::direction which, FlowFrom flow_from,
                   clock::time_point now);
    udp_flow* flow_from(udp_port& at, const peer_address& client);

    struct offered {
        udp_flow& flow;
        link::direction which;
        std::span<const std::byte> payload;
        clock::time_point arrived;
        std::optional<std::size_t> message{}; // of the receive batch, all of which it is
        std::uint64_t foreseen = 0;           // see link::lane
    };
    void offer(const offered& what);
    packet_watcher::note show(const offered& what, link::duration time, const link::fate& met);
    void carry_out(const offered& what, clock::time_point due, const link::fate& met,
                   packet_watcher::note said);
    void leave(packet_handle kept, clock::time_point due, bool at_once);
    void copy_out(packet& original, clock::time_point due, const link::fate& met);
    void release_overtaken(udp_flow& flow, link::direction which, clock::time_point due,
                           bool at_once);

    void hand_on_due();
    clock::time_point next_due() const;
    void arm();
    void spin();
    void turn();
    void forget_idle_flows();

    std::shared_ptr<core> core_;
    link::coordinates wanted_;
    bool times_arrivals_;
    bool closed_ = false;

    receive_batch received_;
    std::vector<offered> offered_;       // what was received, for as long as it is offered
    std::shared_ptr<udp_sender> sender_; // has the pool: outlives what waits
    std::vector<std::shared_ptr<udp_port>> ports_;

    delay_queue<clock::time_point, packet_handle> delayed_;
    std::unordered_map<const link::flow*, overtaking> held_back_;
    delay_queue<clock::time_point, overtaking::slot> held_back_until_;
    boost::asio::steady_timer timer_;
    bool armed_ = false;
    bool spinning_ = false;
    clock::time_point armed_for_{};
    clock::time_point last_left_{};
    boost::asio::steady_timer idle_timer_;
};

} // namespace badwire::relay
