#include "sim/hosts/loopback_addresses.hpp"

#include "sim/hosts/frame_changes.hpp"
#include "sim/hosts/namespaces.hpp"
#include "sim/link/segment.hpp"

namespace badwire::hosts {

namespace {

bool has_ports(const frame& of) { return of.kind == frame_kind::udp || of.kind == frame_kind::tcp; }

namespace tcp_flags = link::tcp_flags;

bool asks_for_connection(const frame& of)
{
    return of.kind == frame_kind::tcp &&
           (of.tcp.flags & (tcp_flags::syn | tcp_flags::ack)) == tcp_flags::syn;
}

} // namespace

void loopback_addresses::leave(std::size_t host, std::span<std::byte> bytes, frame& parsed)
{
    if (parsed.ip_version != 4) return;
    if (parsed.from.is_loopback()) set_source(bytes, parsed, ipv4_of(host));
    if (!parsed.to.is_loopback()) return;
    const auto means = topology_.loopback_means(host);
    if (!means) return;
    if (has_ports(parsed)) {
        if (called_.size() >= conversations_max) called_.clear();
        called_[{host, parsed.kind, parsed.from_port, parsed.to_port}] = parsed.to;
    }
    set_destination(bytes, parsed, ipv4_of(*means));
}

void loopback_addresses::arrive(std::size_t host, std::span<std::byte> bytes, frame& parsed)
{
    if (parsed.ip_version != 4 || !has_ports(parsed) || parsed.to.is_multicast()) return;
    if (listens_on_loopback(host, parsed))
        set_destination(bytes, parsed, boost::asio::ip::address_v4::loopback());
    if (called_.empty()) return;
    const auto called = called_.find({host, parsed.kind, parsed.to_port, parsed.from_port});
    if (called != called_.end()) set_source(bytes, parsed, called->second);
}

bool loopback_addresses::listens_on_loopback(std::size_t host, const frame& parsed)
{
    const bool udp = parsed.kind == frame_kind::udp;
    const auto [known, is_new] =
        loopback_ports_.try_emplace({host, parsed.kind, parsed.to_port}, false);
    if (udp ? is_new : asks_for_connection(parsed))
        known->second = topology_.is_on_loopback_only(host, udp ? port_kind::udp : port_kind::tcp,
                                                      parsed.to_port);
    return known->second;
}

void loopback_addresses::refused(std::size_t host, std::uint16_t port)
{
    loopback_ports_.erase({host, frame_kind::udp, port});
}

} // namespace badwire::hosts
