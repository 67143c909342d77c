// stream_entrance.hpp: connections through a virtual link, as the relay's tcp_connection is for
// real ones: with the same link::stream_path in each direction, and the world's clock.
//
// Connections begin as link::stream_setup says. A client that was refused gets connection_refused,
// one that was never answered timed_out. What arrives for an end that has closed is answered by a
// reset, which takes its time. An entrance that leads to another one leads on through that one's link,
// too: one handshake and one window between the two ends. Where a link resets a connection, both ends are reset at once, even
// an end that still waits in connect(). World's thread.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <boost/intrusive/list.hpp>

#include "sim/link/stream_route.hpp"
#include "sim/link/stream_setup.hpp"
#include "sim/link/watched_stream.hpp"
#include "sim/virtual/virtual_stream.hpp"

namespace badwire::sim {

class linked_connection;
class connection_leg;

class stream_entrance final : public stream_port {
public:
    /// Connections to this port lead to `upstream`, as the flow of that name. The link's time is
    /// the world's since `start`.
    stream_entrance(world& in, link::lane& up, link::lane& down, const net::tcp::endpoint& upstream,
                    std::string_view flow_name, net::time_point start = {});
    /// Connections that begin from now on are shown to it, as to this port; nullptr: nobody. It must
    /// outlive them.
    void watch(link::packet_watcher* by, const net::tcp::endpoint& at)
    {
        watcher_ = by;
        at_ = at;
    }
    /// Nothing passes over its connections any more; their ends remain.
    ~stream_entrance();
    stream_entrance(const stream_entrance&) = delete;

    void request(virtual_stream& client) override;
    /// What the link is asked to do has changed, and not by its schedule.
    void asked_changed();

private:
    friend linked_connection;
    friend connection_leg;
    using list_hook = boost::intrusive::list_base_hook<
        boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

    std::vector<std::shared_ptr<linked_connection>> all();

    world& world_;
    link::lane& up_;
    link::lane& down_;
    net::tcp::endpoint upstream_;
    link::flow& flow_up_;
    link::flow& flow_down_;
    net::time_point start_;
    link::packet_watcher* watcher_ = nullptr;
    net::tcp::endpoint at_;
    std::uint64_t asked_ = 0; // connections so far
    boost::intrusive::list<connection_leg, boost::intrusive::base_hook<list_hook>,
                           boost::intrusive::constant_time_size<false>>
        connections_;
};

} // namespace badwire::sim
