#include "sim/relay/relay.hpp"

#include "impl/base/descriptor_limit.hpp"
#include "sim/relay/core.hpp"
#include "sim/relay/departures.hpp"
#include "sim/relay/listening_pair.hpp"
#include "sim/relay/tcp_forwarder.hpp"
#include "sim/relay/udp_forwarder.hpp"

namespace badwire::relay {
struct relay::state {
    state(boost::asio::io_context& context, relay_options options)
        : shared(std::make_shared<core>(context, std::move(options))),
          waiting(std::make_shared<departures>(shared)),
          datagrams(std::make_shared<udp_forwarder>(shared, waiting)),
          streams(std::make_shared<tcp_forwarder>(shared))
    {
    }

    std::shared_ptr<core> shared;
    std::shared_ptr<departures> waiting;
    std::shared_ptr<udp_forwarder> datagrams;
    std::shared_ptr<tcp_forwarder> streams;
    std::vector<opened> ports{};
};

relay::relay(boost::asio::io_context& context, relay_options options)
    : state_(std::make_shared<state>(context, std::move(options)))
{
    raise_descriptor_limit();
}

relay::~relay() { close(); }

bool leads_to_itself(const endpoint& listen, const endpoint& upstream)
{
    if (listen.port() != upstream.port()) return false;
    return listen.address() == upstream.address() || upstream.address().is_unspecified() ||
           (listen.address().is_unspecified() && upstream.address().is_loopback());
}

endpoint relay::open(const endpoint& listen, const endpoint& upstream, const std::string& flow_name)
{
    if (leads_to_itself(listen, upstream))
        throw boost::system::system_error(boost::asio::error::address_in_use,
                                          "the relay would lead to itself");
    auto pair = listen_to_both(state_->shared->context, listen);
    endpoint bound = pair.datagrams.local_endpoint();
    state_->datagrams->open(std::move(pair.datagrams), upstream, flow_name);
    state_->streams->open(std::move(pair.connections), upstream, flow_name);
    state_->ports.push_back({bound, upstream, flow_name});
    return bound;
}

void relay::join(const endpoint& there, const endpoint& back)
{
    state_->datagrams->join(there, back);
}

void relay::shut()
{
    state_->datagrams->shut();
    state_->streams->shut();
    state_->ports.clear();
}

void relay::close()
{
    state_->waiting->close();
    state_->datagrams->close();
    state_->streams->close();
}

void relay::change(link::direction which, const link::impairments& asked)
{
    core& shared = *state_->shared;
    link::lane& lane = shared.along(which);
    lane.advance(shared.lane_time(which, clock::now()));
    lane.change_to(asked);
    shared.changed[static_cast<std::size_t>(which)] = true;
    state_->datagrams->asked_changed();
    state_->streams->asked_changed();
}

void relay::change_streams(std::optional<stream_terms> terms)
{
    state_->shared->terms = std::move(terms);
    state_->streams->asked_changed();
}

const link::impairments& relay::asked(link::direction which) const
{
    core& shared = *state_->shared;
    link::lane& lane = shared.along(which);
    lane.advance(shared.lane_time(which, clock::now()));
    return lane.asked();
}

link::duration relay::now() const { return clock::now() - state_->shared->start; }

const std::vector<opened>& relay::ports() const { return state_->ports; }

const link::impairments& relay::first_asked(link::direction which) const
{
    const auto& asked = state_->shared->options.link;
    return which == link::direction::up ? asked.up : asked.down;
}

bool relay::changed(link::direction which) const
{
    const core& shared = *state_->shared;
    const auto& asked = shared.options.link;
    return shared.changed[static_cast<std::size_t>(which)] ||
           !(which == link::direction::up ? asked.up_changes : asked.down_changes).empty();
}

link::counters relay::count(link::direction which) const { return decisions(which).count(); }

const link::lane& relay::decisions(link::direction which) const
{
    return state_->shared->along(which);
}

lateness relay::how_late() const { return state_->shared->late.so_far(); }

delay_statistics relay::delays(link::direction which) const
{
    return state_->shared->carrying(which).delays();
}

const std::shared_ptr<departures>& relay::waiting() const { return state_->waiting; }

std::uint64_t relay::refused() const { return state_->shared->refused; }

std::uint64_t relay::dropped_by_kernel() const { return state_->datagrams->dropped_by_kernel(); }

} // namespace badwire::relay
