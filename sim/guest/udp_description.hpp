// udp_description.hpp: a guest's UDP socket in the virtual world.
#pragma once

#include <deque>
#include <set>

#include "sim/guest/description.hpp"

namespace badwire::guest {

/// Bound to all addresses it hears both families, unless it is of IPv4. Its buffer holds as much as
/// Linux' does by default; what does not fit is dropped. A datagram that nobody received fails the next
/// call of a connected socket, as ICMP's port unreachable does.
class udp_description final : public socket_description, public sim::datagram_port {
public:
    udp_description(sim::host& of, int domain);
    ~udp_description() override;

    short ready() const override;
    std::string awaited(short events) const override;
    outcome<received> receive(std::size_t most, bool peek) override;
    outcome<std::size_t> send(std::vector<std::byte> bytes,
                              const std::optional<address>& to) override
    {
        return send_as({}, std::move(bytes), to);
    }
    outcome<std::size_t> send_as(std::optional<std::uint8_t> traffic_class,
                                 std::vector<std::byte> bytes,
                                 const std::optional<address>& to) override;
    int bind(const address& local) override;
    int connect(const address& to) override;
    int disconnect() override;
    int shut_down(int how) override;
    address local() const override;
    std::optional<address> peer() const override { return peer_; }
    std::size_t pending() const override { return queue_.empty() ? 0 : queue_[0].bytes.size(); }
    int join(const membership& what) override;
    int leave(const membership& what) override;

    void arrive(const net::udp::endpoint& from, sim::datagram contents) override
    {
        arrive_at(local(), from, std::move(contents));
    }
    void arrive_at(const net::udp::endpoint& to, const net::udp::endpoint& from,
                   sim::datagram contents) override;
    hearing hears(const net::udp::endpoint& from) const override;
    bool hears_group(const net::asio::ip::address& group) const override;
    void undeliverable(const net::udp::endpoint& to) override;
    const sim::host* owner() const override { return &host_; }
    bool shares() const override { return options.reuse; }

private:
    void open_at(const address& where);

    std::optional<address> local_;
    bool bound_ = false; // by the program, and not as it came
    std::optional<address> peer_;
    std::vector<address> open_at_; // what the world knows
    std::set<membership> memberships_;
    struct datagram {
        address from, to;
        net::time_point when;
        sim::datagram bytes;
    };
    std::deque<datagram> queue_;
    std::size_t queued_ = 0;
    bool no_more_input_ = false;
};

} // namespace badwire::guest
