// udp_forwarder.hpp: the datagram half of the relay. Reads in batches, offers each datagram to the
// link's conveyor, and hands on in batches; delayed datagrams wait for their time in `departures`.
// One io_context's thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "sim/relay/departures.hpp"

namespace badwire::relay {

class udp_forwarder : public std::enable_shared_from_this<udp_forwarder> {
public:
    udp_forwarder(std::shared_ptr<core> shared, std::shared_ptr<departures> waiting);

    void open(boost::asio::ip::udp::socket listening, const endpoint& upstream,
              const std::string& flow_name);
    /// See relay::join().
    void join(const endpoint& there, const endpoint& back);
    /// What the link is asked to do has changed.
    void asked_changed();
    /// Closes all ports; what is on its way stays, and becomes undeliverable.
    void shut();
    /// Must be called before the last reference is gone; nothing happens afterwards.
    void close();

    /// Datagrams that the kernel dropped because a socket's buffer was full.
    std::uint64_t dropped_by_kernel();

private:
    void prepare(boost::asio::ip::udp::socket& socket);
    template <typename Use>
    void each_exit(Use use);
    void shut(datagram_exit& by);
    void shut(udp_flow& flow);
    void shut_all();
    void await_clients(std::shared_ptr<udp_port> at);
    void await_replies(std::shared_ptr<udp_flow> of);
    void await_strangers(std::shared_ptr<udp_flow> of);
    template <typename FlowFrom>
    bool drain(boost::asio::ip::udp::socket& socket, link::direction which, FlowFrom flow_from);
    template <typename FlowFrom>
    void offer_all(std::size_t messages, link::direction which, FlowFrom flow_from,
                   clock::time_point now);
    udp_flow* flow_from(udp_port& at, const peer_address& client);
    std::shared_ptr<udp_flow> open_flow(udp_port& at, const peer_address& client,
                                        std::shared_ptr<named_flow> names);
    udp_flow* flow_of_stranger(udp_flow& met, const peer_address& stranger);
    link::mapping translate(udp_flow*& flow, link::direction which, link::duration now);
    bool give_new_port(udp_flow& flow);

    struct offered {
        udp_flow& flow;
        link::direction which;
        std::span<const std::byte> payload;
        clock::time_point arrived;
        std::optional<std::size_t> message{}; // of the receive batch, if it is a whole message
        std::uint64_t foreseen = 0;           // see link::lane
        std::uint8_t ecn = 0;
    };
    struct carrier; // of one that is offered
    struct later;   // of one that has waited in a managed queue
    void offer(const offered& what);

    void forget_idle_flows();
    void forget_shut_ports();
    void take_refusals(udp_flow& of);
    void take_refusals(udp_port& at);
    void was_refused(udp_flow& of, link::direction which, const refusal& what);

    std::shared_ptr<core> core_;
    std::shared_ptr<departures> departures_;
    bool times_arrivals_;
    bool reads_codepoints_;
    bool has_nat_; // or may get one later
    bool closed_ = false;

    receive_batch received_;
    std::vector<offered> offered_; // those of a batch, while they are offered
    std::vector<std::shared_ptr<udp_port>> ports_;
    std::vector<std::shared_ptr<udp_port>> shut_ports_; // that datagrams on their way need
    boost::asio::steady_timer idle_timer_;
    refusal_teller teller_;
};

/// All sockets, of former ports of clients, too.
template <typename Use>
void udp_forwarder::each_exit(Use use)
{
    const auto use_flow = [&](udp_flow& flow) {
        if (flow.socket.is_open()) use(flow); // a stranger's has none
        if (flow.side) use(*flow.side);
    };
    for (const auto& port : ports_) {
        use(*port);
        for (const auto& [client, flow] : port->flows) use_flow(*flow);
        for (const auto& flow : port->forgotten) use_flow(*flow);
    }
}

} // namespace badwire::relay
