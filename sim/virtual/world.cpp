#include "sim/virtual/world.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <ranges>
#include <tuple>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

namespace badwire::sim {

static_assert(std::is_convertible_v<world_executor, net::asio::any_io_executor>);

world::~world()
{
    // Coroutines that still wait are destroyed together with the owners of their handlers.
    swaps_.clear();
    for (host& one : hosts_) {
        one.set_watched(false);
        one.end_yield();
        one.resume();
    }
    while (queue_.step()) {}
    shutdown();
}

// Asio recycles the memory of handlers and coroutine frames on threads that run an io_context, so
// the world runs inside one.
bool world::run(std::uint64_t most_events)
{
    bool more = false;
    thread_.restart();
    net::asio::post(thread_, [&] { more = run_here(most_events); });
    thread_.run();
    return more;
}

host& world::make_host()
{
    host& made = hosts_.emplace_back(*this);
    made.set_watched(!swaps_.empty());
    return made;
}

void world::reorder(std::uint64_t seed, unsigned swaps)
{
    std::mt19937_64 random(seed);
    const auto draw = [&random](double decades) { // evenly spread over the logarithm, from 1
        const double share = static_cast<double>(random() >> 11) * 0x1p-53;
        return static_cast<std::uint64_t>(std::pow(10.0, decades * share));
    };
    constexpr double places = 6, lengths = 4;
    constexpr auto shortest = std::chrono::microseconds(10);
    for (unsigned i = 0; i < swaps; ++i) swaps_.push_back(draw(places));
    std::ranges::sort(swaps_, std::greater());
    for (unsigned i = 0; i < swaps; ++i)
        losses_.push_back({draw(places), shortest * draw(lengths)});
    std::ranges::sort(losses_, std::greater(), &loss::place);
    for (host& one : hosts_) one.set_watched(true);
}

void world::about_to_go_on(host& which)
{
    if (swaps_.empty()) return;
    if (++gone_on_ < swaps_.back()) return;
    swaps_.pop_back();
    which.yield();
    yielding_.push_back(&which);
    if (swaps_.empty())
        for (host& one : hosts_) one.set_watched(false);
}

net::duration world::next_loss()
{
    if (++threads_gone_on_ < losses_.back().place) return net::duration(0);
    const net::duration lost = losses_.back().time;
    losses_.pop_back();
    return lost;
}

void world::end_yields()
{
    for (host* const one : std::exchange(yielding_, {})) one->end_yield();
}

bool world::run_here(std::uint64_t most_events)
{
    for (std::uint64_t i = 0; i < most_events; ++i) {
        if (!yielding_.empty() && !queue_.more_now()) [[unlikely]]
            end_yields();
        if (!queue_.step()) return false;
        ++events_;
        if (queue_.all_wait() && on_deadlock_ && yielding_.empty()) [[unlikely]]
            on_deadlock_();
        if (now() != instant_) {
            instant_ = now();
            events_at_instant_ = 0;
        } else if (++events_at_instant_ > most_events_at_one_instant_) {
            events_at_instant_ = 0;
            throw stuck("virtual time stands still: a program loops without ever waiting");
        }
    }
    return true;
}

bool world::bound(std::uint16_t port) const
{
    const auto has_port = [port](const auto& entry) { return entry.first.port() == port; };
    return std::any_of(datagram_ports_.begin(), datagram_ports_.end(), has_port) ||
           std::any_of(groups_.begin(), groups_.end(), has_port) ||
           std::any_of(stream_ports_.begin(), stream_ports_.end(), has_port);
}

template <typename Ports, typename Endpoint>
Endpoint world::take(const Ports& ports, Endpoint local)
{
    if (local.port() != 0) {
        if (ports.contains(local)) throw net::system_error(net::asio::error::address_in_use);
        return local;
    }
    constexpr int all_ports = 65536 - first_ephemeral_port;
    for (int tried = 0; tried < all_ports; ++tried) {
        local.port(next_port_);
        next_port_ =
            next_port_ == 65535 ? first_ephemeral_port : static_cast<std::uint16_t>(next_port_ + 1);
        if (!ports.contains(local)) return local;
    }
    throw net::system_error(net::asio::error::address_in_use);
}

net::udp::endpoint world::open(datagram_port& port, net::udp::endpoint local)
{
    if (local.address().is_multicast()) {
        if (local.port() == 0) local = take(groups_, local);
        groups_[local].emplace(memberships_++, &port);
        return local;
    }
    const auto holder = datagram_ports_.find(local);
    if (holder != datagram_ports_.end() && holder->second->shares() && port.shares()) {
        sharers_[local].push_back(std::exchange(holder->second, &port));
        return local;
    }
    local = take(datagram_ports_, local);
    datagram_ports_.emplace(local, &port);
    return local;
}

void world::close(const datagram_port& port, const net::udp::endpoint& local)
{
    if (!local.address().is_multicast()) return close_shared(port, local);
    auto& members = groups_[local];
    std::erase_if(members, [&](const auto& member) { return member.second == &port; });
    if (members.empty()) groups_.erase(local);
}

void world::close_shared(const datagram_port& port, const net::udp::endpoint& local)
{
    const auto before = sharers_.find(local);
    if (before == sharers_.end()) {
        datagram_ports_.erase(local);
        return;
    }
    datagram_port*& holder = datagram_ports_[local];
    if (holder == &port) {
        holder = before->second.back();
        before->second.pop_back();
    } else {
        std::erase(before->second, &port);
    }
    if (before->second.empty()) sharers_.erase(before);
}

net::tcp::endpoint world::open(stream_port& port, net::tcp::endpoint local)
{
    const auto holder = stream_ports_.find(local);
    if (holder != stream_ports_.end() && holder->second->shares() && port.shares()) {
        beside_[local].push_back(&port);
        return local;
    }
    local = take(stream_ports_, local);
    stream_ports_.emplace(local, &port);
    return local;
}

void world::close(const stream_port& port, const net::tcp::endpoint& local)
{
    const auto others = beside_.find(local);
    if (others == beside_.end()) {
        stream_ports_.erase(local);
        return;
    }
    stream_port*& holder = stream_ports_.at(local);
    if (holder == &port) {
        holder = others->second.front();
        others->second.erase(others->second.begin());
    } else {
        std::erase(others->second, &port);
    }
    if (others->second.empty()) beside_.erase(others);
}

net::tcp::endpoint world::ephemeral()
{
    return take(stream_ports_, net::tcp::endpoint(net::asio::ip::address_v4::loopback(), 0));
}

namespace {

// The port bound to exactly this address, or to all addresses.
template <typename Ports, typename Endpoint>
auto* lookup(const Ports& ports, const Endpoint& to)
{
    auto found = ports.find(to);
    if (found == ports.end()) found = ports.find(Endpoint(to.protocol(), to.port()));
    return found == ports.end() ? nullptr : found->second;
}

// Whether one of the addresses at which others are is in the way of that one.
template <typename Places, typename Endpoint, typename Allowed>
bool in_the_way(const Places& places, const Endpoint& local, const Allowed& allowed)
{
    return std::ranges::any_of(places, [&](const auto& entry) {
        const Endpoint& there = entry.first;
        const bool meet = there.port() == local.port() && there.protocol() == local.protocol() &&
                          (there.address() == local.address() || there.address().is_unspecified() ||
                           local.address().is_unspecified());
        return meet && !allowed(entry.second);
    });
}

} // namespace

bool world::receives(const net::udp::endpoint& to) const
{
    return to.address().is_multicast() || lookup(datagram_ports_, to) != nullptr;
}

// Who hears best, at exactly that address before all addresses; of equals, who bound last.
datagram_port* world::hearer(const net::udp::endpoint& to, const net::udp::endpoint& from) const
{
    datagram_port* best = nullptr;
    auto best_hears = datagram_port::hearing::nothing;
    const auto consider = [&](datagram_port* one) {
        const auto hears = one->hears(from);
        if (hears > best_hears) std::tie(best, best_hears) = std::pair(one, hears);
    };
    const auto look_at = [&](const net::udp::endpoint& place) {
        const auto holder = datagram_ports_.find(place);
        if (holder == datagram_ports_.end()) return;
        consider(holder->second);
        if (const auto others = sharers_.find(place); others != sharers_.end())
            for (datagram_port* const one : others->second | std::views::reverse) consider(one);
    };
    look_at(to);
    // All addresses of IPv4 come before any other: the first entry tells whether somebody is there.
    const bool nobody_everywhere = to.address().is_v4() && !datagram_ports_.empty() &&
                                   !datagram_ports_.begin()->first.address().is_unspecified();
    if (!nobody_everywhere) look_at({to.protocol(), to.port()});
    return best;
}

void world::broadcast(const host& program, const net::udp::endpoint& from, std::uint16_t port,
                      const datagram& contents)
{
    const net::udp::endpoint to(net::asio::ip::address_v4::loopback(), port);
    for (datagram_port* const one : bound_everywhere(to)) {
        datagram copy = contents;
        if (between_ != nullptr && between_->carry(program, one, from, to, copy)) continue;
        post([this, one, to, from, copy = std::move(copy)]() mutable {
            const auto still = bound_everywhere(to);
            if (std::ranges::find(still, one) != still.end())
                one->arrive_at(to, from, std::move(copy));
        });
    }
}

void world::send(const net::udp::endpoint& from, const net::udp::endpoint& to, datagram contents)
{
    post([this, from, to, contents = std::move(contents)]() mutable {
        if (to.address().is_multicast()) return send_to_group(nullptr, from, to, contents);
        if (auto* port = hearer(to, from)) port->arrive_at(to, from, std::move(contents));
        else if (auto* sender = lookup(datagram_ports_, from)) sender->undeliverable(to);
    });
}

void world::send(const host& program, const net::udp::endpoint& from, const net::udp::endpoint& to,
                 datagram contents)
{
    if (between_ != nullptr && to.address().is_multicast())
        return send_to_group(&program, from, to, contents);
    if (between_ != nullptr && between_->carry(program, hearer(to, from), from, to, contents))
        return;
    send(from, to, std::move(contents));
}

net::tcp::endpoint world::way(const host& program, const net::tcp::endpoint& to) const
{
    return between_ != nullptr ? between_->way(program, find(to), to) : to;
}

bool world::conflicts(const datagram_port& one, const net::udp::endpoint& local) const
{
    return in_the_way(datagram_ports_, local,
                      [&](const datagram_port* other) { return one.shares() && other->shares(); });
}

bool world::conflicts(const net::tcp::endpoint& local, bool shares, bool listens_beside) const
{
    return in_the_way(
               stream_ports_, local,
               [&](const stream_port* other) { return listens_beside && other->shares(); }) ||
           in_the_way(reserved_, local, [&](bool other) { return shares && other; }) ||
           in_the_way(resting_, local,
                      [&](net::time_point until) { return shares || until <= now(); });
}

void world::release(const net::tcp::endpoint& local)
{
    if (const auto found = reserved_.find(local); found != reserved_.end()) reserved_.erase(found);
}

void world::rest_after_close(const net::tcp::endpoint& local)
{
    constexpr std::chrono::seconds twice_segment_lifetime(60); // as Linux has it
    resting_[local] = now() + twice_segment_lifetime;
}

// An event for each member: what one member does with a datagram may remove others from the group.
void world::send_to_group(const host* program, const net::udp::endpoint& from,
                          const net::udp::endpoint& group, const datagram& contents)
{
    const auto hand_on = [&](datagram_port* to, auto still_hears) {
        datagram copy = contents;
        if (program && between_->carry(*program, to, from, group, copy)) return;
        post([from, group, to, still_hears, copy = std::move(copy)]() mutable {
            if (still_hears()) to->arrive_at(group, from, std::move(copy));
        });
    };
    if (const auto found = groups_.find(group); found != groups_.end())
        for (const auto& [number, member] : found->second)
            hand_on(member, [this, group, number = number] {
                const auto members = groups_.find(group);
                return members != groups_.end() && members->second.contains(number);
            });
    for (datagram_port* const other : hearers_of_all_groups(group))
        hand_on(other, [this, group, other] {
            const auto all = hearers_of_all_groups(group);
            return std::ranges::find(all, other) != all.end();
        });
}

void world::hand_to_member(datagram_port& member, const net::udp::endpoint& from,
                           const net::udp::endpoint& group, datagram contents)
{
    auto all = hearers_of_all_groups(group);
    if (const auto found = groups_.find(group); found != groups_.end())
        for (const auto& [number, one] : found->second) all.push_back(one);
    if (std::ranges::find(all, &member) != all.end())
        member.arrive_at(group, from, std::move(contents));
}

// Who hears what others have joined.
std::vector<datagram_port*> world::hearers_of_all_groups(const net::udp::endpoint& group) const
{
    const auto joined = groups_.lower_bound({group.address(), 0});
    if (joined == groups_.end() || joined->first.address() != group.address()) return {};
    auto all = bound_everywhere(group);
    std::erase_if(all,
                  [&](const datagram_port* one) { return !one->hears_group(group.address()); });
    return all;
}

// Who is bound to the port of that address, and to all addresses of its family, in the order of binding.
std::vector<datagram_port*> world::bound_everywhere(const net::udp::endpoint& at) const
{
    std::vector<datagram_port*> all;
    const net::udp::endpoint everywhere(at.protocol(), at.port());
    if (const auto others = sharers_.find(everywhere); others != sharers_.end())
        all = others->second;
    if (const auto holder = datagram_ports_.find(everywhere); holder != datagram_ports_.end())
        all.push_back(holder->second);
    return all;
}

stream_port* world::find(const net::tcp::endpoint& to, std::uint16_t client) const
{
    stream_port* const first = lookup(stream_ports_, to);
    if (beside_.empty() || first == nullptr) return first;
    auto others = beside_.find(to);
    if (others == beside_.end()) others = beside_.find({to.protocol(), to.port()});
    if (others == beside_.end()) return first;
    constexpr std::uint32_t golden = 0x9e3779b1; // Knuth's multiplicative hash
    const std::size_t which = (client * golden >> 16) % (others->second.size() + 1);
    return which == 0 ? first : others->second[which - 1];
}

} // namespace badwire::sim
