// udp_sender.hpp: sends datagrams: collected, in batches and bundles through each one's socket,
// parked where a socket takes no more; and counts them. One io_context's thread.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "sim/relay/datagram_batch.hpp"
#include "sim/relay/udp_flow.hpp"

namespace badwire::relay {

class udp_sender : public std::enable_shared_from_this<udp_sender> {
public:
    explicit udp_sender(std::shared_ptr<core> shared) : core_(std::move(shared)) {}

    /// The datagram leaves with the next flush(); its bytes must stay valid until then.
    void add(outgoing item);
    void add(packet_handle kept);
    void flush();
    /// The exit is going to be closed: what waits there is undeliverable.
    void give_up(datagram_exit& by);
    /// Nothing happens afterwards.
    void close();

private:
    void send(datagram_exit& by);
    void fill(const datagram_exit& by, std::size_t sent, bool bundle);
    void delivered(outgoing& item, clock::time_point left);
    void undeliverable(outgoing& item, std::string_view reason);
    void release(outgoing& item);
    void park(datagram_exit& by, outgoing& item);
    void await_room(datagram_exit& by);
    void retry(datagram_exit& by);

    std::shared_ptr<core> core_;
    std::vector<outgoing> leaving_;
    std::vector<datagram_exit*> exits_; // that have something to send
    std::vector<outgoing*> group_;      // of one exit
    send_batch batch_;
    bool closed_ = false;
};

} // namespace badwire::relay
