// departures.hpp: datagrams that wait for their time, and the timer that lets them go. All of a
// relay's datagrams, also multicast, wait in the same queues. One io_context's thread.
#pragma once

#include <memory>

#include <boost/asio/steady_timer.hpp>

#include "sim/relay/delay_queue.hpp"
#include "sim/relay/udp_sender.hpp"

namespace badwire::relay {

class departures : public std::enable_shared_from_this<departures> {
public:
    explicit departures(std::shared_ptr<core> shared);

    /// It leaves at that time since the relay's start, if turn() or arm() was called before.
    void leave_at(link::duration due, packet_handle kept);
    /// The same for a packet that others may overtake before that time.
    void hold(link::duration until, core::conveyor::slot held);
    /// It leaves with the sender's next flush, before all packets that wait for a time.
    void leave_now(packet_handle kept) { sender_->add(std::move(kept)); }

    /// Lets packets go that are due.
    void turn();
    /// The same, with a time that was just read, and without arming the timer.
    void turn_without_arming(clock::time_point now)
    {
        if (next_due() <= now) hand_on_due();
    }
    /// Arms the timer for the next packet that is due.
    void arm();
    /// Forgets all that waits; nothing happens afterwards.
    void close();

    udp_sender& sender() { return *sender_; }
    const std::shared_ptr<core>& shared() const { return core_; }

private:
    void hand_on_due();
    void serve_queues();
    void end_of_holding();
    bool hand_on_some();
    clock::time_point next_due() const;
    void spin();

    std::shared_ptr<core> core_;
    std::shared_ptr<udp_sender> sender_;
    delay_queue<clock::time_point, packet_handle> delayed_;
    delay_queue<clock::time_point, core::conveyor::slot> held_back_until_;
    boost::asio::steady_timer timer_;
    bool handing_on_ = false;
    bool armed_ = false;
    bool spinning_ = false;
    bool closed_ = false;
    clock::time_point armed_for_{};
    clock::time_point last_left_{};
};

} // namespace badwire::relay
