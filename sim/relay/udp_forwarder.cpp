#include "sim/relay/udp_forwarder.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sim/link/impairment/row.hpp"
#include "sim/relay/listening_pair.hpp"

namespace badwire::relay {

using boost::asio::ip::udp;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

// Batches that are read from one socket before other sockets get their turn.
constexpr int rounds_max = 16;

// An arrival time of the kernel that is older than this is not believed: the clock has been set.
constexpr auto oldest_arrival = 1s;

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

// How many former ports of clients are kept for one listening port; the oldest goes first.
constexpr std::size_t forgotten_max = 1024;

// The kernel's time on CLOCK_REALTIME, on our clock. The two clocks drift apart, so both are read
// for each batch.
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

udp_forwarder::udp_forwarder(std::shared_ptr<core> shared, std::shared_ptr<departures> waiting)
    : core_(std::move(shared)),
      departures_(std::move(waiting)),
      times_arrivals_(core_->options.time_all ||
                      needs_times(core_->options.link.up, core_->options.link.up_changes) ||
                      needs_times(core_->options.link.down, core_->options.link.down_changes)),
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
    if (times_arrivals_) return;
    times_arrivals_ = needs_times(core_->up.asked(), {}) || needs_times(core_->down.asked(), {});
    if (!times_arrivals_) return;
    for (const auto& port : ports_) {
        receive_arrival_times(port->socket.native_handle(), true);
        for (const auto& [client, flow] : port->flows)
            receive_arrival_times(flow->socket.native_handle(), true);
    }
}

void udp_forwarder::close()
{
    closed_ = true;
    idle_timer_.cancel();
    error_code ignored; // nothing to do about it
    for (const auto& port : ports_) {
        for (const auto& [client, flow] : port->flows) {
            flow->waiting.clear();
            flow->socket.close(ignored);
        }
        for (const auto& flow : port->forgotten) {
            flow->waiting.clear();
            flow->socket.close(ignored);
        }
        port->flows.clear();
        port->forgotten.clear();
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
        // Any other error concerns an earlier datagram that nobody took; reading clears it.
        if (count < 0) continue;
        const auto now = clock::now();
        offer_all(static_cast<std::size_t>(count), which, flow_from, now);
        departures_->sender().flush();
        departures_->turn_without_arming(now);
        if (received_.was_last()) break;
    }
    departures_->arm();
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
    const auto& conveyor = core_->carrying(which);
    for (offered& one : offered_)
        one.foreseen = conveyor.foresee(one.flow.along(which), one.payload);
    for (const offered& one : offered_) offer(one);
}

udp_flow* udp_forwarder::flow_from(udp_port& at, const peer_address& client)
{
    if (at.latest != nullptr && at.latest->client == client) return at.latest;
    auto known = at.flows.find(client);
    if (known == at.flows.end()) {
        if (!core_->admit()) return nullptr;
        auto flow = open_flow(at, client, std::make_shared<named_flow>(core_, at.flow_name));
        if (!flow) {
            ++core_->refused;
            return nullptr;
        }
        if (const auto back = at.way_back.lock(); back && client == back->upstream_address)
            flow->leaves_by = back;
        known = at.flows.emplace(client, std::move(flow)).first;
    }
    return at.latest = known->second.get();
}

// Null when the system refuses a socket.
std::shared_ptr<udp_flow> udp_forwarder::open_flow(udp_port& at, const peer_address& client,
                                                   std::shared_ptr<named_flow> names)
{
    auto port = std::static_pointer_cast<udp_port>(at.shared_from_this());
    auto flow =
        std::make_shared<udp_flow>(core_->context, std::move(port), client, std::move(names));
    error_code failed;
    flow->socket.open(at.upstream.protocol(), failed);
    if (!failed) flow->socket.non_blocking(true, failed);
    if (!failed) flow->socket.connect(at.upstream, failed);
    if (!failed) flow->local = peer_address(flow->socket.local_endpoint(failed));
    if (failed) return nullptr;
    enlarge_buffers(flow->socket);
    prepare(flow->socket);
    await_replies(flow);
    return flow;
}

// What a NAT on the path does to a datagram; going up, it may have to leave by another flow.
link::mapping udp_forwarder::translate(udp_flow*& flow, link::direction which, link::duration now)
{
    link::lane& lane = core_->along(which);
    if (which == link::direction::down)
        return flow->nat.forgotten(lane, now) ? link::mapping::forgotten : link::mapping::kept;
    // A datagram in the same batch may have given the client a new port.
    auto& current = flow->port->flows.at(flow->client);
    auto nat = link::mapping::kept;
    if (current->nat.forgotten(lane, now) && give_new_port(*current)) nat = link::mapping::renewed;
    flow = current.get();
    flow->nat.use(now);
    return nat;
}

// Replaces the client's flow. The former flow still receives, so that datagrams to it are counted.
// False, and nothing has changed, when the system refuses.
bool udp_forwarder::give_new_port(udp_flow& flow)
{
    udp_port& at = *flow.port;
    auto next = open_flow(at, flow.client, flow.names);
    if (!next) return false;
    next->last_used = flow.last_used;
    if (at.forgotten.size() >= forgotten_max) {
        const auto oldest = std::ranges::find(at.forgotten, std::size_t{0},
                                              [](const auto& one) { return one->held; });
        if (oldest != at.forgotten.end()) {
            error_code ignored;
            (*oldest)->socket.close(ignored);
            at.forgotten.erase(oldest);
        }
    }
    auto& current = at.flows.at(flow.client);
    at.forgotten.push_back(std::exchange(current, std::move(next)));
    if (at.latest == &flow) at.latest = current.get();
    return true;
}

struct udp_forwarder::carrier {
    link::addresses arriving() const { return flow.arriving(what.which); }
    link::addresses leaving() const { return flow.leaving(what.which); }

    void pass(std::uint64_t index)
    {
        my.departures_->sender().add({.payload = what.payload,
                                      .flow = &flow,
                                      .index = index,
                                      .held = {},
                                      .which = what.which});
    }
    packet_handle keep()
    {
        auto& pool = my.core_->pool;
        return of_flow(what.message ? my.received_.keep(*what.message, pool)
                                    : pool.copy(what.payload));
    }
    packet_handle copy(packet& original)
    {
        return of_flow(my.core_->pool.copy(original.payload()));
    }
    void leave(packet_handle kept, link::duration due)
    {
        if (due <= now) my.departures_->leave_now(std::move(kept));
        else my.departures_->leave_at(due, std::move(kept));
    }
    void hold(core::conveyor::slot held, link::duration until)
    {
        my.departures_->hold(until, std::move(held));
    }

    udp_forwarder& my;
    const offered& what;
    udp_flow& flow;
    link::duration now;

private:
    packet_handle of_flow(packet_handle kept)
    {
        if (!kept) return kept;
        ++flow.held;
        kept->flow = &flow;
        kept->which = what.which;
        return kept;
    }
};

void udp_forwarder::offer(const offered& what)
{
    const auto now = core_->lane_time(what.which, what.arrived);
    udp_flow* flow = &what.flow;
    auto nat = link::mapping::kept;
    if (has_nat_) [[unlikely]]
        nat = translate(flow, what.which, now);
    core_->carrying(what.which)
        .offer({flow->along(what.which), what.payload, now, what.arrived - core_->start,
                what.foreseen, nat},
               carrier{*this, what, *flow, now});
}

void udp_forwarder::forget_idle_flows()
{
    const auto idle_after = core_->options.idle_after;
    const auto now = clock::now();
    const auto closed_when_idle = [&](udp_flow& flow) {
        if (flow.held > 0 || now - flow.last_used < idle_after) return false;
        error_code ignored;
        flow.socket.close(ignored);
        if (flow.port->latest == &flow) flow.port->latest = nullptr;
        return true;
    };
    for (const auto& port : ports_) {
        std::erase_if(port->flows, [&](const auto& one) { return closed_when_idle(*one.second); });
        std::erase_if(port->forgotten, [&](const auto& one) { return closed_when_idle(*one); });
    }
    idle_timer_.expires_after(std::clamp<std::chrono::nanoseconds>(idle_after / 4, 10ms, 30s));
    idle_timer_.async_wait([self = shared_from_this()](error_code failed) {
        if (!failed && !self->closed_) self->forget_idle_flows();
    });
}

} // namespace badwire::relay
