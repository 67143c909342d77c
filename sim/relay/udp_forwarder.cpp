#include "sim/relay/udp_forwarder.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sim/relay/listening_pair.hpp"

namespace badwire::relay {

using boost::asio::ip::udp;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

// Batches read from one socket before the others get their turn.
constexpr int rounds_max = 16;

// What is due within so short a time of the last departure leaves together with its followers. Less
// than the kernel's own lateness in waking us, and it bounds how often we are woken.
constexpr auto tick = 100us;

datagram_exit& exit_of(const outgoing& item)
{
    if (item.which == link::direction::up) return *item.flow;
    return *item.flow->port;
}

} // namespace

udp_forwarder::udp_forwarder(std::shared_ptr<core> shared)
    : core_(std::move(shared)),
      wanted_(core_->options.trace ? link::coordinates::always : link::coordinates::if_needed),
      pool_(core_->options.in_flight_bytes_max),
      timer_(core_->context),
      idle_timer_(core_->context)
{
    undelayed_.reserve(batch_size);
    leaving_.reserve(batch_size);
}

void udp_forwarder::open(udp::socket listening, const endpoint& upstream,
                         const std::string& flow_name)
{
    ports_.push_back(std::make_shared<udp_port>(std::move(listening), upstream, flow_name));
    await_clients(ports_.back());
    if (ports_.size() == 1) forget_idle_flows();
}

void udp_forwarder::close()
{
    closed_ = true;
    timer_.cancel();
    idle_timer_.cancel();
    delayed_ = {};
    error_code ignored; // nothing to do about it
    for (const auto& port : ports_) {
        for (const auto& [client, flow] : port->flows) {
            flow->waiting.clear();
            flow->socket.close(ignored);
        }
        port->flows.clear();
        port->waiting.clear();
        port->socket.close(ignored);
    }
    ports_.clear();
}

void udp_forwarder::await_clients(std::shared_ptr<udp_port> at)
{
    auto& socket = at->socket;
    socket.async_wait(udp::socket::wait_read,
                      [self = shared_from_this(), at = std::move(at)](error_code failed) mutable {
                          if (failed || self->closed_) return;
                          self->drain(at->socket, [&](std::size_t i, clock::time_point now) {
                              udp_flow* const flow = self->flow_from(*at, self->received_.peer(i));
                              if (flow != nullptr) self->offer(*flow, link::direction::up, i, now);
                          });
                          self->await_clients(std::move(at));
                      });
}

void udp_forwarder::await_replies(std::shared_ptr<udp_flow> of)
{
    auto& socket = of->socket;
    socket.async_wait(udp::socket::wait_read,
                      [self = shared_from_this(), of = std::move(of)](error_code failed) mutable {
                          if (failed || self->closed_ || !of->socket.is_open()) return;
                          self->drain(of->socket, [&](std::size_t i, clock::time_point now) {
                              self->offer(*of, link::direction::down, i, now);
                          });
                          self->await_replies(std::move(of));
                      });
}

template <typename OnDatagram>
void udp_forwarder::drain(udp::socket& socket, OnDatagram on_datagram)
{
    for (int round = 0; round < rounds_max; ++round) {
        const int count = received_.receive(socket.native_handle());
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
        // Any other error is news about something sent earlier (nobody listened): noted by now.
        if (count < 0) continue;
        const auto now = clock::now();
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) on_datagram(i, now);
        hand_on(undelayed_);
        undelayed_.clear();
        if (!delayed_.empty() && delayed_.due() <= now) hand_on_due();
        if (static_cast<std::size_t>(count) < batch_size) break;
    }
    arm();
}

udp_flow* udp_forwarder::flow_from(udp_port& at, const peer_address& client)
{
    if (at.latest != nullptr && at.latest->client == client) return at.latest;
    auto known = at.flows.find(client);
    if (known == at.flows.end()) {
        if (!core_->admit()) return nullptr;
        auto port = std::static_pointer_cast<udp_port>(at.shared_from_this());
        auto flow = std::make_shared<udp_flow>(core_, std::move(port), client);
        error_code failed;
        flow->socket.open(at.upstream.protocol(), failed);
        if (!failed) flow->socket.non_blocking(true, failed);
        if (!failed) flow->socket.connect(at.upstream, failed);
        if (failed) {
            ++core_->refused;
            return nullptr;
        }
        enlarge_buffers(flow->socket);
        await_replies(flow);
        known = at.flows.emplace(client, std::move(flow)).first;
    }
    return at.latest = known->second.get();
}

// The i-th datagram of what was just received.
void udp_forwarder::offer(udp_flow& of, link::direction which, std::size_t i, clock::time_point now)
{
    const auto payload = received_.payload(i);
    of.last_used = now;
    auto& lane = core_->along(which);
    const link::fate met = lane.decide(of.names.along(which), payload, wanted_);
    if (core_->options.trace)
        core_->options.trace(link::trace_line(now - core_->start, core_->options.name, which,
                                              of.names.name(), payload.size(), lane.asked(), met));
    if (met.dropped) return;

    outgoing item{.payload = payload, .flow = &of, .which = which, .index = met.at.index};
    if (met.delay <= 0ns) {
        undelayed_.push_back(std::move(item));
        return;
    }
    item.held = received_.keep(i, pool_);
    if (!item.held) {
        undeliverable(item, "too many datagrams on their way");
        return;
    }
    ++of.held;
    item.payload = item.held.payload();
    item.due = now + met.delay;
    const auto due = item.due;
    delayed_.push(due, std::move(item));
}

void udp_forwarder::hand_on(std::span<outgoing> items)
{
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (items[i].taken) continue;
        datagram_exit& by = exit_of(items[i]);
        std::size_t size = 0;
        for (std::size_t j = i; j < items.size(); ++j) {
            if (items[j].taken || &exit_of(items[j]) != &by) continue;
            items[j].taken = true;
            group_[size++] = &items[j];
        }
        send(by, std::span(group_).first(size));
    }
}

void udp_forwarder::send(datagram_exit& by, std::span<outgoing*> group)
{
    std::size_t sent = 0;
    bool refused_before = false;
    sending_.clear();
    for (const outgoing* item : group)
        sending_.add(item->payload,
                     item->which == link::direction::up ? nullptr : &item->flow->client);
    while (sent < group.size() && !by.blocked) {
        const auto left = group[sent]->held ? clock::now() : clock::time_point{};
        const int taken = sending_.send(by.socket.native_handle(), sent);
        if (taken > 0) {
            for (int i = 0; i < taken; ++i) delivered(*group[sent++], left);
            refused_before = false;
        } else if (errno == ECONNREFUSED && !refused_before) {
            // Nobody took an earlier datagram; this one has not been tried yet.
            refused_before = true;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            await_room(by);
        } else if (errno != EINTR) {
            undeliverable(*group[sent++], std::strerror(errno));
        }
    }
    for (; sent < group.size(); ++sent) park(by, *group[sent]);
}

void udp_forwarder::delivered(outgoing& item, clock::time_point left)
{
    core_->along(item.which)
        .delivered(item.flow->names.along(item.which), item.index, item.payload.size());
    if (item.due != clock::time_point{}) core_->late.add(left - item.due);
    release(item);
}

void udp_forwarder::undeliverable(outgoing& item, std::string_view reason)
{
    ++core_->along(item.which).count().undeliverable;
    if (core_->options.trace)
        core_->options.trace(link::undeliverable_line(
            clock::now() - core_->start, core_->options.name, item.which, item.flow->names.name(),
            item.payload.size(), item.index, reason));
    release(item);
}

void udp_forwarder::release(outgoing& item)
{
    if (!item.held) return;
    --item.flow->held;
    const auto freed = std::move(item.held);
}

void udp_forwarder::park(datagram_exit& by, outgoing& item)
{
    if (!item.held) {
        item.held = pool_.copy(item.payload);
        if (!item.held) {
            undeliverable(item, "too many datagrams on their way");
            return;
        }
        ++item.flow->held;
        item.payload = item.held.payload();
    }
    by.waiting.push_back(std::move(item));
}

void udp_forwarder::await_room(datagram_exit& by)
{
    by.blocked = true;
    by.socket.async_wait(udp::socket::wait_write, [self = shared_from_this(),
                                                   by = by.shared_from_this()](error_code failed) {
        if (failed || self->closed_) return;
        self->retry(*by);
    });
}

void udp_forwarder::retry(datagram_exit& by)
{
    by.blocked = false;
    auto waiting = std::exchange(by.waiting, {});
    std::vector<outgoing> again;
    while (!waiting.empty()) {
        for (again.clear(); again.size() < batch_size && !waiting.empty(); waiting.pop_front()) {
            again.push_back(std::move(waiting.front()));
            again.back().taken = false;
        }
        hand_on(again);
    }
}

void udp_forwarder::hand_on_due()
{
    do {
        last_left_ = clock::now();
        leaving_.clear();
        while (leaving_.size() < batch_size && !delayed_.empty() && delayed_.due() <= last_left_)
            leaving_.push_back(delayed_.pop());
        hand_on(leaving_);
    } while (leaving_.size() == batch_size);
}

void udp_forwarder::arm()
{
    if (delayed_.empty() || (armed_ && armed_for_ <= std::max(delayed_.due(), last_left_ + tick)))
        return;
    armed_ = true;
    armed_for_ = std::max(delayed_.due(), last_left_ + tick);
    timer_.expires_at(armed_for_);
    timer_.async_wait([self = shared_from_this()](error_code failed) {
        if (failed || self->closed_) return;
        self->armed_ = false;
        self->hand_on_due();
        self->arm();
    });
}

void udp_forwarder::forget_idle_flows()
{
    const auto idle_after = core_->options.idle_after;
    const auto now = clock::now();
    for (const auto& port : ports_)
        std::erase_if(port->flows, [&](const auto& entry) {
            udp_flow& flow = *entry.second;
            if (flow.held > 0 || now - flow.last_used < idle_after) return false;
            error_code ignored;
            flow.socket.close(ignored);
            if (port->latest == &flow) port->latest = nullptr;
            return true;
        });
    idle_timer_.expires_after(std::clamp<std::chrono::nanoseconds>(idle_after / 4, 10ms, 30s));
    idle_timer_.async_wait([self = shared_from_this()](error_code failed) {
        if (!failed && !self->closed_) self->forget_idle_flows();
    });
}

} // namespace badwire::relay
