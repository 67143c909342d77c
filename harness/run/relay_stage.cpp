// The stage of real processes on loopback: direct, or through relays.
#include "harness/run/ports.hpp"
#include "harness/run/real_stage.hpp"
#include "sim/link/flows_json.hpp"
#include "sim/relay/multicast_hub.hpp"
#include "sim/relay/state_json.hpp"

namespace badwire::harness {
namespace {

class relay_stage final : public real_stage {
public:
    explicit relay_stage(const stage_options& options) : real_stage(options)
    {
        // All at once: their schedules count from the run's start.
        if (has_entrances())
            for (const auto& [name, asked] : options.what->links) make_relay(name);
    }

    bool has_entrances() const override { return options_.network == network_kind::relay; }

    std::uint16_t lease_port() override { return leases_.take(); }
    std::optional<net::asio::ip::address> bound_at(const process_spec&, std::uint16_t port) override
    {
        return harness::bound_at(port);
    }

    net::udp::endpoint open_link(const std::string& name, const net::udp::endpoint& upstream,
                                 const std::string& flow) override
    {
        return relay_of(name).open(
            {upstream.address().is_v6()
                 ? net::asio::ip::address(net::asio::ip::address_v6::loopback())
                 : net::asio::ip::address_v4::loopback(),
             0},
            upstream, flow);
    }

    void join_entrances(const std::string& name, const net::udp::endpoint& there,
                        const net::udp::endpoint& back) override
    {
        relay_of(name).join(there, back);
    }

    void link_groups(const std::vector<group_seat>& seats) override
    {
        hub_ = std::make_unique<relay::multicast_hub>(context_);
        for (const auto& seat : seats)
            hub_->add(seat.process, seat.group, seat.link.empty() ? nullptr : &relay_of(seat.link));
    }

    relay::relay& relay_of(const std::string& name) { return *relays_.at(name); }

    json link_results() override
    {
        json results = json::object();
        for (const auto& [name, relay] : relays_) {
            using link::direction;
            json entry =
                link_result(options_.what->links.at(name), relay->decisions(direction::up),
                            relay->delays(direction::up), relay->decisions(direction::down),
                            relay->delays(direction::down));
            entry["flows"] = link::flows_json(relay->decisions(direction::up),
                                              relay->decisions(direction::down));
            entry["lateness_ms"] = relay::to_json(relay->how_late());
            if (const auto lost = relay->dropped_by_kernel()) entry["dropped_by_kernel"] = lost;
            results[name] = std::move(entry);
        }
        return results;
    }

private:
    void close_links() override
    {
        if (hub_) hub_->close();
        for (const auto& [name, relay] : relays_) relay->close();
    }

    void make_relay(const std::string& name)
    {
        relay::relay_options options;
        options.name = name;
        options.seed = options_.seed;
        options.link = options_.what->links.at(name);
        options.time_all = true;
        options.shared = bottlenecks_.of(options.link);
        options.start = start_;
        const link::witnesses seen_by = observers_.of(name);
        options.trace = seen_by.trace;
        options.watcher = seen_by.watcher;
        relays_.emplace(name, std::make_unique<relay::relay>(context_, std::move(options)));
    }

    port_leases leases_;
    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    link::shared_bottlenecks bottlenecks_;
    std::map<std::string, std::unique_ptr<relay::relay>> relays_;
    std::unique_ptr<relay::multicast_hub> hub_;
};

} // namespace

std::unique_ptr<stage> make_real_stage(const stage_options& options)
{
    return std::make_unique<relay_stage>(options);
}

std::unique_ptr<stage> make_stage(const stage_options& options)
{
    switch (options.network) {
    case network_kind::direct:
    case network_kind::relay: return make_real_stage(options);
    case network_kind::hosts: return make_hosts_stage(options);
    case network_kind::virtual_time: return make_virtual_stage(options);
    }
    return nullptr;
}

} // namespace badwire::harness
