// interfaces.hpp: what a guest is told of its host's network interfaces: there is one, lo, with 127.0.0.1
// and ::1. It carries multicast.
#pragma once

#include <deque>

#include "sim/guest/description.hpp"
#include "sim/guest/memory.hpp"

namespace badwire::guest {

/// netdevice(7): SIOCGIFCONF, SIOCGIFADDR and their kin, of a socket; nothing: it is none of them. The
/// errno; what is asked for is at that place in the guest's memory.
std::optional<int> interface_ioctl(const memory& its, std::uint64_t request, std::uint64_t at);

/// A socket of rtnetlink(7) that answers for links, addresses and routes (there are none).
class netlink_description final : public socket_description {
public:
    explicit netlink_description(sim::host& of) : socket_description(of, AF_NETLINK, SOCK_RAW) {}

    short ready() const override;
    std::string awaited(short) const override { return "an answer of the system"; }
    outcome<received> receive(std::size_t most, bool peek) override;
    outcome<std::size_t> send(std::vector<std::byte> bytes,
                              const std::optional<address>& to) override;
    int bind(const address&) override { return 0; }
    int connect(const address&) override { return 0; }
    int shut_down(int) override { return EOPNOTSUPP; }
    /// Its port is what netlink calls the port's id.
    address local() const override { return {net::asio::ip::address_v4::any(), port}; }
    std::optional<address> peer() const override { return {}; }
    std::size_t pending() const override { return answers_.empty() ? 0 : answers_.front().size(); }

private:
    static constexpr std::uint16_t port = 1;
    std::deque<std::vector<std::byte>> answers_;
};

} // namespace badwire::guest
