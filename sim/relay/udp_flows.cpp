// The part of udp_forwarder.hpp that opens, finds and ends flows.
#include <algorithm>
#include <iterator>

#include "sim/relay/listening_pair.hpp"
#include "sim/relay/udp_forwarder.hpp"

namespace badwire::relay {

using boost::asio::ip::udp;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

// How many former ports of clients are kept for one listening port; the oldest goes first.
constexpr std::size_t forgotten_max = 1024;

// Of more clients than these at the same time, the later ones get no side door: descriptors are few.
constexpr std::size_t side_doors_max = 1024;

// Who else than the upstream may answer one client, at the same time.
constexpr std::size_t strangers_max = 64;

} // namespace

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
    if (!flow->open(core_->options.link.keep_ports)) return nullptr;
    if (core_->clients <= side_doors_max) flow->open_side_door();
    prepare(flow->socket);
    await_replies(flow);
    if (flow->side) {
        prepare(flow->side->socket);
        await_strangers(flow);
    }
    return flow;
}

// The flow between the client and a stranger who answers it in the upstream's stead.
udp_flow* udp_forwarder::flow_of_stranger(udp_flow& met, const peer_address& stranger)
{
    auto& strangers = met.side->strangers;
    if (const auto known = strangers[stranger].lock()) return known.get();
    std::erase_if(strangers, [](const auto& one) { return one.second.expired(); });
    if (strangers.size() >= strangers_max) {
        ++core_->refused;
        return nullptr;
    }
    error_code failed;
    udp::socket facing(core_->context);
    facing.open(met.port->upstream.protocol(), failed);
    if (!failed) facing.non_blocking(true, failed);
    if (!failed) facing.bind({met.port->local.to_endpoint().address(), 0}, failed);
    if (failed) {
        ++core_->refused;
        return nullptr;
    }
    enlarge_buffers(facing);
    prepare(facing);
    auto port =
        std::make_shared<udp_port>(std::move(facing), stranger.to_endpoint(), met.port->flow_name);
    port->of_stranger = true;
    auto flow = std::make_shared<udp_flow>(core_->context, port, met.client, met.names);
    flow->local = met.local;
    flow->leaves_by = met.side;
    strangers[stranger] = flow;
    port->flows.emplace(met.client, flow);
    ports_.push_back(port);
    await_clients(std::move(port));
    return flow.get();
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
            shut(**oldest);
            at.forgotten.erase(oldest);
        }
    }
    auto& current = at.flows.at(flow.client);
    at.forgotten.push_back(std::exchange(current, std::move(next)));
    if (at.latest == &flow) at.latest = current.get();
    return true;
}

// Those of the connected socket are of the upstream; those of the side door of strangers.
void udp_forwarder::take_refusals(udp_flow& of)
{
    while (const auto refused = next_refusal(of.socket.native_handle()))
        was_refused(of, link::direction::up, *refused);
    if (!of.side) return;
    while (const auto refused = next_refusal(of.side->socket.native_handle()))
        if (const auto stranger = of.side->strangers.find(refused->to);
            stranger != of.side->strangers.end())
            if (const auto still = stranger->second.lock())
                was_refused(*still, link::direction::up, *refused);
}

void udp_forwarder::take_refusals(udp_port& at)
{
    while (const auto refused = next_refusal(at.socket.native_handle()))
        if (const auto client = at.flows.find(refused->to); client != at.flows.end())
            was_refused(*client->second, link::direction::down, *refused);
}

// Counts it, and tells who sent, after the way back.
void udp_forwarder::was_refused(udp_flow& of, link::direction which, const refusal& what)
{
    const auto sent = of.left[static_cast<std::size_t>(which)].take(what);
    if (sent.empty()) return;
    for (const last_sent::one& each : sent)
        core_->along(which).refused(of.along(which), each.bytes);
    link::lane& back = core_->along(link::opposite(which));
    back.advance(core_->lane_time(back.which(), clock::now()));
    if (closed_ || back.cuts(of.along(back.which())) || std::exchange(of.tells_refusal, true))
        return;
    const auto delay = back.stream_delay(of.along(back.which()), 0, of.refusals_told++);
    auto timer = std::make_shared<boost::asio::steady_timer>(core_->context, delay);
    timer->async_wait([self = shared_from_this(), which, bytes = sent.front().bytes, timer,
                       of = std::static_pointer_cast<udp_flow>(of.shared_from_this())](error_code) {
        of->tells_refusal = false;
        const auto seen = of->arriving(which);
        if (!self->closed_) self->teller_.tell(seen.from, seen.to, bytes);
    });
}

void udp_forwarder::shut(datagram_exit& by)
{
    by.waiting.clear();
    if (!by.socket.is_open()) return;
    core_->dropped_by_kernel += badwire::relay::dropped_by_kernel(by.socket.native_handle());
    error_code ignored; // nothing to do about it
    by.socket.close(ignored);
}

void udp_forwarder::shut(udp_flow& flow)
{
    take_refusals(flow);
    shut(static_cast<datagram_exit&>(flow));
    if (flow.side) shut(*flow.side);
}

void udp_forwarder::shut_all()
{
    for (const auto& port : ports_) {
        take_refusals(*port);
        for (const auto& [client, flow] : port->flows) shut(*flow);
        for (const auto& flow : port->forgotten) shut(*flow);
        shut(*port);
    }
}

void udp_forwarder::shut()
{
    each_exit([&](datagram_exit& by) { departures_->sender().give_up(by); });
    shut_all();
    std::ranges::move(ports_, std::back_inserter(shut_ports_));
    ports_.clear();
    forget_shut_ports();
}

// The flows of a port that was shut go when nothing on its way needs them.
void udp_forwarder::forget_shut_ports()
{
    std::erase_if(shut_ports_, [](const auto& port) {
        const auto idle = [](const auto& flow) { return flow->held == 0; };
        std::erase_if(port->flows, [&](const auto& one) { return idle(one.second); });
        std::erase_if(port->forgotten, idle);
        return port->flows.empty() && port->forgotten.empty();
    });
}

void udp_forwarder::forget_idle_flows()
{
    const auto idle_after = core_->options.idle_after;
    const auto now = clock::now();
    const auto in_use = [&](const udp_flow& flow) {
        return flow.held > 0 || now - flow.last_used < idle_after;
    };
    const auto closed_when_idle = [&](udp_flow& flow) {
        if (in_use(flow)) return false;
        if (flow.side && std::ranges::any_of(flow.side->strangers, [&](const auto& one) {
                const auto still = one.second.lock();
                return still && in_use(*still);
            }))
            return false;
        shut(flow);
        if (flow.port->latest == &flow) flow.port->latest = nullptr;
        return true;
    };
    for (const auto& port : ports_) {
        std::erase_if(port->flows, [&](const auto& one) { return closed_when_idle(*one.second); });
        std::erase_if(port->forgotten, [&](const auto& one) { return closed_when_idle(*one); });
    }
    std::erase_if(ports_, [&](const auto& port) {
        const bool gone = port->of_stranger && port->flows.empty() && port->forgotten.empty();
        if (gone) shut(*port);
        return gone;
    });
    forget_shut_ports();
    idle_timer_.expires_after(std::clamp<std::chrono::nanoseconds>(idle_after / 4, 10ms, 30s));
    idle_timer_.async_wait([self = shared_from_this()](error_code failed) {
        if (!failed && !self->closed_) self->forget_idle_flows();
    });
}

std::uint64_t udp_forwarder::dropped_by_kernel()
{
    std::uint64_t all = core_->dropped_by_kernel;
    each_exit([&](datagram_exit& by) {
        all += badwire::relay::dropped_by_kernel(by.socket.native_handle());
    });
    return all;
}

} // namespace badwire::relay
