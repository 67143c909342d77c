#include "sim/relay/udp_forwarder.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sim/link/impairment/row.hpp"
#include "sim/relay/arrival_clock.hpp"
#include "sim/relay/listening_pair.hpp"

namespace badwire::relay {

using boost::asio::ip::udp;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

// Batches that are read from one socket before other sockets get their turn.
constexpr int rounds_max = 16;

// Whether the exact arrival time of a datagram matters, or may do so later. Only then the kernel is
// asked for it: that was measured to cost 40 to 90 ns a datagram, little compared with a delay, but
// too much on a clean link. (UDP_GRO costs nothing measurable for datagrams that come one by one.)
bool needs_times(const link::impairments& asked, const std::vector<link::change>& changes)
{
    return link::needs_arrival_times(asked) || !changes.empty();
}

bool may_rebind(const link::impairments& asked, const std::vector<link::change>& changes)
{
    return asked.rebind.asked() || std::ranges::any_of(changes, [](const link::change& one) {
               return one.now.rebind.asked();
           });
}

// Only where it matters is the kernel asked for what the IP header says of ECN.
bool needs_codepoints(const link::impairments& asked, const std::vector<link::change>& changes)
{
    return asked.aqm.ecn ||
           std::ranges::any_of(changes, [](const link::change& one) { return one.now.aqm.ecn; });
}

} // namespace

udp_forwarder::udp_forwarder(std::shared_ptr<core> shared, std::shared_ptr<departures> waiting)
    : core_(std::move(shared)),
      departures_(std::move(waiting)),
      times_arrivals_(core_->options.time_all ||
                      needs_times(core_->options.link.up, core_->options.link.up_changes) ||
                      needs_times(core_->options.link.down, core_->options.link.down_changes)),
      reads_codepoints_(
          needs_codepoints(core_->options.link.up, core_->options.link.up_changes) ||
          needs_codepoints(core_->options.link.down, core_->options.link.down_changes)),
      has_nat_(may_rebind(core_->options.link.up, core_->options.link.up_changes) ||
               may_rebind(core_->options.link.down, core_->options.link.down_changes)),
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

void udp_forwarder::join(const endpoint& there, const endpoint& back)
{
    const auto at = [&](const endpoint& listening) {
        return *std::ranges::find_if(ports_, [local = peer_address(listening)](const auto& port) {
            return port->local == local;
        });
    };
    at(there)->way_back = at(back);
    at(back)->way_back = at(there);
}

void udp_forwarder::asked_changed()
{
    has_nat_ = has_nat_ || may_rebind(core_->up.asked(), {}) || may_rebind(core_->down.asked(), {});
    if (!reads_codepoints_) {
        reads_codepoints_ = core_->up.asked().aqm.ecn || core_->down.asked().aqm.ecn;
        if (reads_codepoints_)
            each_exit([](datagram_exit& by) { receive_codepoints(by.socket.native_handle()); });
    }
    if (times_arrivals_) return;
    times_arrivals_ = needs_times(core_->up.asked(), {}) || needs_times(core_->down.asked(), {});
    if (!times_arrivals_) return;
    each_exit([](datagram_exit& by) { receive_arrival_times(by.socket.native_handle(), true); });
}

void udp_forwarder::close()
{
    closed_ = true;
    idle_timer_.cancel();
    shut_all();
    for (auto* ports : {&ports_, &shut_ports_}) {
        for (const auto& port : *ports) {
            port->flows.clear(); // they own the port, too
            port->forgotten.clear();
        }
        ports->clear();
    }
}

void udp_forwarder::prepare(udp::socket& socket)
{
    receive_bundles(socket.native_handle());
    keep_refusals(socket.native_handle());
    if (times_arrivals_) receive_arrival_times(socket.native_handle(), true);
    if (reads_codepoints_) receive_codepoints(socket.native_handle());
}

void udp_forwarder::await_clients(std::shared_ptr<udp_port> at)
{
    auto& socket = at->socket;
    socket.async_wait(udp::socket::wait_read,
                      [self = shared_from_this(), at = std::move(at)](error_code failed) mutable {
                          if (failed || self->closed_ || !at->socket.is_open()) return;
                          if (self->drain(at->socket, link::direction::up, [&](std::size_t i) {
                                  return self->flow_from(*at, self->received_.peer(i));
                              }))
                              self->take_refusals(*at);
                          self->await_clients(std::move(at));
                      });
}

void udp_forwarder::await_replies(std::shared_ptr<udp_flow> of)
{
    auto& socket = of->socket;
    socket.async_wait(udp::socket::wait_read, [self = shared_from_this(),
                                               of = std::move(of)](error_code failed) mutable {
        if (failed || self->closed_ || !of->socket.is_open()) return;
        if (self->drain(of->socket, link::direction::down, [&](std::size_t) { return of.get(); }))
            self->take_refusals(*of);
        self->await_replies(std::move(of));
    });
}

void udp_forwarder::await_strangers(std::shared_ptr<udp_flow> of)
{
    auto& socket = of->side->socket;
    socket.async_wait(udp::socket::wait_read,
                      [self = shared_from_this(), of = std::move(of)](error_code failed) mutable {
                          auto& door = of->side->socket;
                          if (failed || self->closed_ || !door.is_open()) return;
                          if (self->drain(door, link::direction::down, [&](std::size_t i) {
                                  return self->flow_of_stranger(*of, self->received_.peer(i));
                              }))
                              self->take_refusals(*of);
                          self->await_strangers(std::move(of));
                      });
}

// Whether there may be refusals to read: it was woken for something else than a datagram.
template <typename FlowFrom>
bool udp_forwarder::drain(udp::socket& socket, link::direction which, FlowFrom flow_from)
{
    bool refused = false;
    for (int round = 0; round < rounds_max; ++round) {
        const int count = received_.receive(socket.native_handle());
        // An error concerns an earlier datagram that nobody took; reading clears it.
        const bool nothing = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        refused |= count < 0 && (!nothing || round == 0);
        if (nothing) break;
        if (count < 0) continue;
        const auto now = clock::now();
        offer_all(static_cast<std::size_t>(count), which, flow_from, now);
        departures_->sender().flush();
        departures_->turn_without_arming(now);
        if (received_.was_last()) break;
    }
    departures_->arm();
    return refused;
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
            offered_.push_back({*flow, which, message.payload, arrived, i, 0, message.ecn});
            continue;
        }
        for (auto rest = message.payload; !rest.empty();) {
            const auto size = std::min(rest.size(), message.segment);
            offered_.push_back({*flow, which, rest.first(size), arrived, {}, 0, message.ecn});
            rest = rest.subspan(size);
        }
    }
    const auto& conveyor = core_->carrying(which);
    for (offered& one : offered_)
        one.foreseen = conveyor.foresee(one.flow.along(which), one.payload);
    for (const offered& one : offered_) offer(one);
}

// While datagrams are on their way, their flow and the departures stay.
struct udp_forwarder::later {
    link::addresses arriving() const { return flow.arriving(which); }
    link::addresses leaving() const { return flow.leaving(which); }

    packet_handle copy(packet& original)
    {
        return of_flow(ways.shared()->pool.copy(original.payload()));
    }
    void leave(packet_handle kept, link::duration due)
    {
        ways.leave_at(due, std::move(kept));
        ways.arm();
    }
    void hold(core::conveyor::slot held, link::duration until)
    {
        ways.hold(until, std::move(held));
        ways.arm();
    }
    static void drop(packet_handle kept) { --kept->flow->held; }

    packet_handle of_flow(packet_handle kept)
    {
        if (!kept) return kept;
        ++flow.held;
        kept->flow = &flow;
        kept->which = which;
        return kept;
    }

    departures& ways;
    udp_flow& flow;
    link::direction which;
};

struct udp_forwarder::carrier : later {
    void pass(std::uint64_t index)
    {
        ways.sender().add(
            {.payload = what.payload, .flow = &flow, .index = index, .held = {}, .which = which});
    }
    packet_handle keep()
    {
        auto& pool = ways.shared()->pool;
        return of_flow(what.message ? my.received_.keep(*what.message, pool)
                                    : pool.copy(what.payload));
    }
    void leave(packet_handle kept, link::duration due)
    {
        if (due <= now) ways.leave_now(std::move(kept));
        else ways.leave_at(due, std::move(kept));
    }
    void hold(core::conveyor::slot held, link::duration until)
    {
        ways.hold(until, std::move(held));
    }
    later later_on(const packet&) const { return *this; }

    udp_forwarder& my;
    const offered& what;
    link::duration now;
};

void udp_forwarder::offer(const offered& what)
{
    const auto now = core_->lane_time(what.which, what.arrived);
    udp_flow* flow = &what.flow;
    auto nat = link::mapping::kept;
    if (has_nat_) [[unlikely]]
        nat = translate(flow, what.which, now);
    core_->carrying(what.which)
        .offer({.of = flow->along(what.which),
                .payload = what.payload,
                .time = now,
                .arrived = what.arrived - core_->start,
                .foreseen = what.foreseen,
                .nat = nat,
                .ecn = what.ecn},
               carrier{{*departures_, *flow, what.which}, *this, what, now});
}

} // namespace badwire::relay
