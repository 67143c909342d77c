#include "sim/relay/udp_forwarder.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <boost/asio/post.hpp>

#include "sim/link/trace.hpp"
#include "sim/relay/listening_pair.hpp"

namespace badwire::relay {

using boost::asio::ip::udp;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

// Batches read from one socket before the others get their turn.
constexpr int rounds_max = 16;

// Datagrams that are due and leave before the clock is looked at again.
constexpr std::size_t leave_at_once = 256;

// What is due within so short a time of the last departure leaves together with its followers. Less
// than the kernel's own lateness in waking us, and it bounds how often we are woken.
constexpr auto tick = 100us;

// How long before a departure a precise relay wants to be awake: more than the kernel's lateness.
constexpr auto awake_before = 500us;

// A kernel's time of arrival that is older was not meant for this clock: somebody has set it.
constexpr auto oldest_arrival = 1s;

// Whether it matters when exactly a datagram arrived. Only then the kernel is asked for it: that
// was measured to cost 40 to 90 ns a datagram, little beside what a delay costs, too much for
// nothing on a clean link. (UDP_GRO costs datagrams that come one by one nothing measurable.)
bool times(const link::impairments& asked)
{
    return !asked.delay.is_zero() || asked.rate.limited() || asked.reorder.probability > 0 ||
           asked.duplicate.probability > 0 || !asked.exact.empty();
}

bool times(const link::impairments& asked, const std::vector<link::change>& changes)
{
    return times(asked) || !changes.empty();
}

// What the kernel says on CLOCK_REALTIME, on our clock. The two drift apart: asked anew each batch.
class arrival_clock {
public:
    explicit arrival_clock(clock::time_point now)
        : now_(now), system_(std::chrono::system_clock::now().time_since_epoch())
    {
    }

    clock::time_point arrival(std::chrono::nanoseconds said) const
    {
        const auto ago = system_ - said;
        return ago >= 0ns && ago <= oldest_arrival ? now_ - ago : now_;
    }

private:
    clock::time_point now_;
    std::chrono::nanoseconds system_;
};

} // namespace

udp_forwarder::udp_forwarder(std::shared_ptr<core> shared)
    : core_(std::move(shared)),
      wanted_(core_->options.trace ? link::coordinates::always : link::coordinates::if_needed),
      times_arrivals_(times(core_->options.link.up, core_->options.link.up_changes) ||
                      times(core_->options.link.down, core_->options.link.down_changes)),
      sender_(std::make_shared<udp_sender>(core_)),
      timer_(core_->context),
      idle_timer_(core_->context)
{
}

void udp_forwarder::open(udp::socket listening, const endpoint& upstream,
                         const std::string& flow_name)
{
    ports_.push_back(std::make_shared<udp_port>(std::move(listening), upstream, flow_name));
    prepare(ports_.back()->socket);
    await_clients(ports_.back());
    if (ports_.size() == 1) forget_idle_flows();
}

void udp_forwarder::asked_changed()
{
    if (times_arrivals_ || !(times(core_->up.asked()) || times(core_->down.asked()))) return;
    times_arrivals_ = true;
    for (const auto& port : ports_) {
        receive_arrival_times(port->socket.native_handle(), true);
        for (const auto& [client, flow] : port->flows)
            receive_arrival_times(flow->socket.native_handle(), true);
    }
}

void udp_forwarder::close()
{
    closed_ = true;
    sender_->close();
    timer_.cancel();
    idle_timer_.cancel();
    delayed_ = {};
    held_back_until_ = {};
    held_back_.clear();
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

void udp_forwarder::prepare(udp::socket& socket)
{
    receive_bundles(socket.native_handle());
    if (times_arrivals_) receive_arrival_times(socket.native_handle(), true);
}

void udp_forwarder::await_clients(std::shared_ptr<udp_port> at)
{
    auto& socket = at->socket;
    socket.async_wait(udp::socket::wait_read,
                      [self = shared_from_this(), at = std::move(at)](error_code failed) mutable {
                          if (failed || self->closed_) return;
                          self->drain(at->socket, link::direction::up, [&](std::size_t i) {
                              return self->flow_from(*at, self->received_.peer(i));
                          });
                          self->await_clients(std::move(at));
                      });
}

void udp_forwarder::await_replies(std::shared_ptr<udp_flow> of)
{
    auto& socket = of->socket;
    socket.async_wait(udp::socket::wait_read, [self = shared_from_this(),
                                               of = std::move(of)](error_code failed) mutable {
        if (failed || self->closed_ || !of->socket.is_open()) return;
        self->drain(of->socket, link::direction::down, [&](std::size_t) { return of.get(); });
        self->await_replies(std::move(of));
    });
}

template <typename FlowFrom>
void udp_forwarder::drain(udp::socket& socket, link::direction which, FlowFrom flow_from)
{
    for (int round = 0; round < rounds_max; ++round) {
        const int count = received_.receive(socket.native_handle());
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
        // Any other error is news about something sent earlier (nobody listened): noted by now.
        if (count < 0) continue;
        const auto now = clock::now();
        offer_all(static_cast<std::size_t>(count), which, flow_from, now);
        sender_->flush();
        if (next_due() <= now) hand_on_due();
        if (received_.was_last()) break;
    }
    arm();
}

template <typename FlowFrom>
void udp_forwarder::offer_all(std::size_t messages, link::direction which, FlowFrom flow_from,
                              clock::time_point now)
{
    std::optional<arrival_clock> kernel;
    if (times_arrivals_) kernel.emplace(now);
    offered_.clear();
    for (std::size_t i = 0; i < messages; ++i) {
        const auto message = received_.at(i);
        udp_flow* const flow = flow_from(i);
        if (flow == nullptr) continue;
        flow->last_used = now;
        const auto arrived = kernel ? kernel->arrival(message.arrived) : now;
        if (message.segment == 0) {
            offered_.push_back({*flow, which, message.payload, arrived, i});
            continue;
        }
        for (auto rest = message.payload; !rest.empty();) {
            const auto size = std::min(rest.size(), message.segment);
            offered_.push_back({*flow, which, rest.first(size), arrived});
            rest = rest.subspan(size);
        }
    }
    const link::lane& lane = core_->along(which);
    for (offered& one : offered_)
        one.foreseen = lane.foresee(one.flow.names.along(which), one.payload, wanted_);
    for (const offered& one : offered_) offer(one);
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
        if (!failed) flow->local = peer_address(flow->socket.local_endpoint(failed));
        if (failed) {
            ++core_->refused;
            return nullptr;
        }
        enlarge_buffers(flow->socket);
        prepare(flow->socket);
        await_replies(flow);
        known = at.flows.emplace(client, std::move(flow)).first;
    }
    return at.latest = known->second.get();
}

void udp_forwarder::offer(const offered& what)
{
    auto& [flow, which, payload, arrived, message, foreseen] = what;
    auto& lane = core_->along(which);
    const auto time = core_->lane_time(which, arrived);
    const link::fate met = lane.decide(flow.names.along(which), payload, time, wanted_, foreseen);
    packet_watcher::note said;
    if (core_->options.trace || core_->options.watcher != nullptr) [[unlikely]]
        said = show(what, time, met);
    if (met.dropped) return;
    if (met.untouched() && !said) {
        sender_->add(
            {.payload = payload, .flow = &flow, .index = met.at.index, .held = {}, .which = which});
        if (!held_back_.empty()) release_overtaken(flow, which, arrived, true);
        return;
    }
    carry_out(what, core_->start + time + met.delay, met, std::move(said));
}

packet_watcher::note udp_forwarder::show(const offered& what, link::duration time,
                                         const link::fate& met)
{
    auto& [flow, which, payload, arrived, message, foreseen] = what;
    const link::lane& by = core_->along(which);
    if (core_->options.trace)
        core_->options.trace(link::trace_line(time, core_->options.name, which, flow.names.name(),
                                              payload.size(), by.asked(), met));
    if (core_->options.watcher == nullptr) return {};
    if (which == link::direction::up)
        return core_->options.watcher->offered(
            {which, flow.client, flow.port->local, payload, time}, by, met);
    return core_->options.watcher->offered(
        {which, flow.port->upstream_address, flow.local, payload, time}, by, met);
}

void udp_forwarder::carry_out(const offered& what, clock::time_point due, const link::fate& met,
                              packet_watcher::note said)
{
    auto& [flow, which, payload, arrived, message, foreseen] = what;
    const bool held_back = met.overtakers > 0;
    const bool at_once = met.delay <= 0ns;
    packet_facts known{.flow = &flow,
                       .index = met.at.index,
                       .arrived = arrived,
                       .should_leave = held_back ? due : arrived + met.delay,
                       .said = std::move(said),
                       .which = which,
                       .measured = !at_once && met.copies == 0 && !held_back,
                       .timed = !at_once && !held_back};
    auto kept = message ? received_.keep(*message, sender_->pool()) : sender_->pool().copy(payload);
    if (!kept) {
        // Its copies are lost with it.
        for (int copy = 0; copy <= met.copies; ++copy, ++known.copy)
            sender_->undeliverable(known, payload, udp_sender::exhausted);
        return;
    }
    ++flow.held;
    kept->facts = std::move(known);
    if (met.flip_bits > 0)
        core_->along(which).corrupt(flow.names.along(which), met, kept->payload());

    packet& original = *kept; // stays where it is
    if (held_back) {
        auto& others = held_back_[&flow.names.along(which)];
        held_back_until_.push(due + met.overtaken_within,
                              others.hold(std::move(kept), met.overtakers));
    } else {
        leave(std::move(kept), due, at_once);
    }
    if (met.copies > 0) copy_out(original, due, met);
    if (!held_back && !held_back_.empty()) release_overtaken(flow, which, due, at_once);
}

// At once: with what is just leaving, ahead of all that waits for a time.
void udp_forwarder::leave(packet_handle kept, clock::time_point due, bool at_once)
{
    if (at_once) sender_->add(std::move(kept));
    else delayed_.push(due, std::move(kept));
}

void udp_forwarder::copy_out(packet& original, clock::time_point due, const link::fate& met)
{
    packet_facts known = original.facts;
    known.timed = met.delay > 0ns || met.copy_after > 0ns;
    for (int copy = 1; copy <= met.copies; ++copy) {
        ++known.copy;
        due += met.copy_after;
        known.should_leave = due;
        auto another = sender_->pool().copy(original.payload());
        if (!another) {
            sender_->undeliverable(known, original.payload(), udp_sender::exhausted);
            continue;
        }
        ++known.flow->held;
        another->facts = known;
        leave(std::move(another), due, !known.timed);
    }
}

// One more of the flow goes on its way: whom enough have overtaken by now leaves right after it.
void udp_forwarder::release_overtaken(udp_flow& flow, link::direction which, clock::time_point due,
                                      bool at_once)
{
    const auto others = held_back_.find(&flow.names.along(which));
    if (others == held_back_.end()) return;
    others->second.passed([&](const overtaking::slot& of) {
        packet_handle kept = std::move(**of);
        of->reset();
        const auto own_due = kept->facts.should_leave;
        leave(std::move(kept), std::max(due, own_due), at_once && own_due <= due);
    });
    if (others->second.empty()) held_back_.erase(others);
}

void udp_forwarder::hand_on_due()
{
    std::size_t leaving = 0;
    do {
        last_left_ = clock::now();
        while (!held_back_until_.empty() && held_back_until_.due() <= last_left_) {
            const auto due = held_back_until_.due();
            const auto slot = held_back_until_.pop();
            if (!*slot) continue; // was overtaken
            packet_handle kept = std::move(**slot);
            slot->reset();
            leave(std::move(kept), due, false);
        }
        // Those that have waited long have left the caches: fetch some at once.
        std::array<packet_handle, 16> next;
        for (leaving = 0; leaving < leave_at_once; leaving += next.size()) {
            std::size_t taken = 0;
            for (; taken < next.size() && !delayed_.empty(); ++taken) {
                if (delayed_.due() > last_left_) break;
                next[taken] = delayed_.pop();
                __builtin_prefetch(next[taken].get());
                __builtin_prefetch(reinterpret_cast<const std::byte*>(next[taken].get()) + 64);
            }
            for (std::size_t i = 0; i < taken; ++i) sender_->add(std::move(next[i]));
            if (taken < next.size()) break;
        }
        sender_->flush();
    } while (leaving == leave_at_once);
}

clock::time_point udp_forwarder::next_due() const
{
    auto next = clock::time_point::max();
    if (!delayed_.empty()) next = delayed_.due();
    if (!held_back_until_.empty()) next = std::min(next, held_back_until_.due());
    return next;
}

void udp_forwarder::arm()
{
    const auto due = next_due();
    if (due == clock::time_point::max()) return;
    auto wake = std::max(due, last_left_ + tick);
    if (core_->options.precise) {
        wake = due - awake_before;
        if (wake <= clock::now()) {
            spin();
            return;
        }
    }
    if (armed_ && armed_for_ <= wake) return;
    armed_ = true;
    armed_for_ = wake;
    timer_.expires_at(wake);
    timer_.async_wait([self = shared_from_this()](error_code failed) {
        if (failed || self->closed_) return;
        self->armed_ = false;
        self->turn();
    });
}

// Comes back as soon as the sockets have had their turn.
void udp_forwarder::spin()
{
    if (std::exchange(spinning_, true)) return;
    boost::asio::post(core_->context, [self = shared_from_this()] {
        self->spinning_ = false;
        if (!self->closed_) self->turn();
    });
}

void udp_forwarder::turn()
{
    if (next_due() <= clock::now()) hand_on_due();
    arm();
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
            for (const auto which : {link::direction::up, link::direction::down})
                if (flow.names.own()) held_back_.erase(&flow.names.along(which));
            return true;
        });
    idle_timer_.expires_after(std::clamp<std::chrono::nanoseconds>(idle_after / 4, 10ms, 30s));
    idle_timer_.async_wait([self = shared_from_this()](error_code failed) {
        if (!failed && !self->closed_) self->forget_idle_flows();
    });
}

} // namespace badwire::relay
