#include "sim/guest/udp_description.hpp"

#include <netinet/in.h>

#include "impl/base/address.hpp"
#include "sim/guest/addresses.hpp"

namespace badwire::guest {

namespace {

constexpr std::size_t most_bytes = 65507;          // IPv4: 65535 - 20 - 8
constexpr std::size_t kernel_bytes_a_packet = 768; // what Linux counts besides the contents

} // namespace

udp_description::udp_description(sim::host& of, int domain)
    : socket_description(of, domain, SOCK_DGRAM)
{
}

udp_description::~udp_description()
{
    for (const address& one : open_at_) host_.in().close(*this, one);
}

short udp_description::ready() const
{
    short found = POLLOUT;
    if (!queue_.empty() || no_more_input_) found |= POLLIN;
    if (error_ != 0) found |= POLLERR;
    return found;
}

std::string udp_description::awaited(short) const { return "a datagram at " + to_text(local()); }

outcome<received> udp_description::receive(std::size_t most, bool peek)
{
    if (error_ != 0) return {take_error()};
    if (queue_.empty()) {
        if (no_more_input_) return {};
        return {EAGAIN};
    }
    datagram& next = queue_.front();
    received got{.bytes = next.bytes,
                 .from = next.from,
                 .to = next.to,
                 .when = next.when,
                 .traffic_class = next.bytes.traffic_class,
                 .whole = next.bytes.size()};
    if (got.bytes.size() > most) got.bytes.resize(most);
    if (!peek) {
        queued_ -= next.bytes.size() + kernel_bytes_a_packet;
        queue_.pop_front();
    }
    return {0, std::move(got)};
}

outcome<std::size_t> udp_description::send_as(std::optional<std::uint8_t> traffic_class,
                                              std::vector<std::byte> bytes,
                                              const std::optional<address>& to)
{
    if (!to && !peer_) return {EDESTADDRREQ};
    const address& asked = to ? *to : *peer_;
    const bool everywhere = is_broadcast(asked);
    if (everywhere && !options.broadcast) return {EACCES};
    const auto target = everywhere ? destination{0, asked} : resolve_destination(domain(), asked);
    if (target.error != 0) return {target.error};
    if (error_ != 0) return {take_error()};
    if (bytes.size() > most_bytes) return {EMSGSIZE};
    if (!local_) open_at(any_address(domain()));
    address from = *local_;
    if (is_unspecified(from) || from.address().is_multicast())
        from.address(loopback(target.value.address().is_v6()));
    const std::size_t size = bytes.size();
    // Its own host is all there is.
    if (target.value.address().is_multicast() && !options.multicast_loop) return {0, size};
    const bool v6 = target.value.address().is_v6();
    sim::datagram contents(std::move(bytes), traffic_class.value_or(options.traffic_class(v6)));
    if (everywhere) host_.in().broadcast(host_, from, asked.port(), contents);
    else host_.in().send(host_, from, target.value, std::move(contents));
    return {0, size};
}

void udp_description::open_at(const address& where)
{
    local_ = where;
    const auto add = [&](const address& one) {
        open_at_.push_back(host_.in().open(*this, one));
        return open_at_.back().port();
    };
    if (!where.address().is_multicast())
        for (address one : heard_at(where, options.v6_only)) {
            one.port(local_->port());
            local_->port(add(one));
        }
    for (const membership& one : memberships_) add({one.group, local_->port()});
}

int udp_description::bind(const address& local)
{
    if (local_) return EINVAL;
    if (const int error = check_family(domain(), local)) return error;
    if (const int error = check_local(local)) return error;
    if (local.port() != 0)
        for (const address& one : heard_at(local, options.v6_only))
            if (host_.in().conflicts(*this, one)) return EADDRINUSE;
    open_at(local);
    bound_ = true;
    return 0;
}

int udp_description::connect(const address& to)
{
    if (is_broadcast(to) && !options.broadcast) return EACCES;
    const auto target = is_broadcast(to) ? destination{0, to} : resolve_destination(domain(), to);
    if (target.error != 0) return target.error;
    peer_ = target.value;
    if (!local_) open_at({loopback(peer_->address().is_v6()), 0});
    return 0;
}

// What it has not bound itself, it has no longer.
int udp_description::disconnect()
{
    peer_.reset();
    if (bound_) return 0;
    for (const address& one : std::exchange(open_at_, {})) host_.in().close(*this, one);
    local_.reset();
    return 0;
}

int udp_description::shut_down(int how)
{
    if (how != SHUT_WR) no_more_input_ = true;
    tell_change();
    return peer_ ? 0 : ENOTCONN;
}

address udp_description::local() const
{
    if (!local_) return any_address(domain());
    if (peer_ && is_unspecified(*local_))
        return {loopback(peer_->address().is_v6()), local_->port()};
    return *local_;
}

int udp_description::join(const membership& what)
{
    if (!what.group.is_multicast()) return EINVAL;
    if (!what.interface.is_unspecified() && !what.interface.is_loopback()) return ENODEV;
    if (!memberships_.insert(what).second) return EADDRINUSE;
    if (local_) open_at_.push_back(host_.in().open(*this, {what.group, local_->port()}));
    return 0;
}

int udp_description::leave(const membership& what)
{
    if (memberships_.erase(what) == 0) return EADDRNOTAVAIL;
    if (!local_) return 0;
    const address group(what.group, local_->port());
    host_.in().close(*this, group);
    std::erase(open_at_, group);
    return 0;
}

sim::datagram_port::hearing udp_description::hears(const net::udp::endpoint& from) const
{
    if (!peer_ || peer_->address().is_multicast() || is_broadcast(*peer_)) return hearing::anybody;
    return from == *peer_ ? hearing::its_peer : hearing::nothing;
}

bool udp_description::hears_group(const net::asio::ip::address& group) const
{
    const auto joined = std::ranges::any_of(
        memberships_, [&](const membership& one) { return one.group == group; });
    return options.multicast_all && !joined; // else as a member
}

void udp_description::arrive_at(const net::udp::endpoint& to, const net::udp::endpoint& from,
                                sim::datagram contents)
{
    if (hears(from) == hearing::nothing) return;
    const std::size_t counts = contents.size() + kernel_bytes_a_packet;
    if (queued_ + counts > options.receive_buffer_bytes) return;
    queued_ += counts;
    queue_.push_back({from, to, host_.now(), std::move(contents)});
    tell_change();
}

void udp_description::undeliverable(const net::udp::endpoint& to)
{
    if (!peer_ || *peer_ != to) return;
    error_ = ECONNREFUSED;
    tell_change();
}

} // namespace badwire::guest
