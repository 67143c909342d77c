// The stage of real processes on hosts of their own, with the kernel's own TCP, and badwire's links
// between them.
#include <algorithm>

#include <fmt/format.h>
#include <sys/stat.h>

#include "harness/run/guard.hpp"
#include "harness/run/host_topology.hpp"
#include "harness/run/real_stage.hpp"
#include "sim/hosts/ethernet_switch.hpp"
#include "sim/link/flows_json.hpp"
#include "sim/relay/state_json.hpp"

namespace badwire::harness {
namespace {

std::vector<hosts::host_plan> plan_of(const scenario& what)
{
    std::vector<hosts::host_plan> made;
    for (const process_spec& one : what.processes) {
        hosts::host_plan host{.name = one.name, .sysctls = one.sysctls};
        if (one.loopback_means_target)
            for (std::size_t i = 0; i < what.processes.size() && !host.loopback_means; ++i)
                if (what.processes[i].is_called(one.to)) host.loopback_means = i;
        made.push_back(std::move(host));
    }
    return made;
}

class hosts_stage final : public real_stage {
public:
    explicit hosts_stage(const stage_options& options)
        : real_stage(options),
          plan_(plan_of(*options.what)),
          hosts_(hosts::make_hosts(plan_, options.folder, badwire_executable())),
          topology_(*options.what, plan_, hosts_),
          between_(context_, hosts_.all, topology_,
                   {.seed = options.seed,
                    .links = options.what->links,
                    .witnesses_of = [this](const std::string& link) {
                        return observers_.of(link, capture::capture_watcher::contents::frames);
                    }})
    {
    }

    std::uint16_t lease_port() override { return next_lease_++; } // each host has all ports
    bool has_entrances() const override { return false; }

    std::optional<net::asio::ip::address> bound_at(const process_spec& of,
                                                   std::uint16_t port) override
    {
        return topology_.bound_at(place_of(of), port);
    }

    net::asio::ip::address reached_at(const process_spec& of,
                                      const net::asio::ip::address& bound) const override
    {
        const bool own = bound.is_loopback() || bound.is_unspecified();
        if (!own) return bound;
        return hosts::ipv4_of(place_of(of));
    }

    net::udp::endpoint open_link(const std::string&, const net::udp::endpoint& upstream,
                                 const std::string&) override
    {
        return upstream;
    }
    void join_entrances(const std::string&, const net::udp::endpoint&,
                        const net::udp::endpoint&) override
    {
    }
    void link_groups(const std::vector<group_seat>&) override {}

    json link_results() override
    {
        json results = json::object();
        for (const auto& [name, asked] : options_.what->links) {
            using link::direction;
            const hosts::frame_link& link = between_.between(name);
            json entry = link_result(asked, link.lane(direction::up), link.delays(direction::up),
                                     link.lane(direction::down), link.delays(direction::down));
            entry["flows"] = link::flows_json(link.lane(direction::up), link.lane(direction::down));
            entry["lateness_ms"] = relay::to_json(link.how_late());
            if (const auto lost = between_.dropped_by_kernel()) entry["dropped_by_kernel"] = lost;
            results[name] = std::move(entry);
        }
        return results;
    }

private:
    std::size_t place_of(const process_spec& of) const
    {
        return static_cast<std::size_t>(&of - options_.what->processes.data());
    }

    std::vector<std::string> to_run(const launch& what, std::vector<std::string> command) override
    {
        const std::size_t place = place_of(*what.spec);
        return hosts::on_host(hosts_, place, plan_[place], badwire_executable(), command);
    }
    void started(const launch& what, const real_actor& as) override
    {
        topology_.runs(place_of(*what.spec), as.pid());
    }
    void close_links() override { between_.close(); }

    std::vector<hosts::host_plan> plan_;
    hosts::made_hosts hosts_;
    host_topology topology_;
    hosts::ethernet_switch between_;
    std::uint16_t next_lease_ = 20000;
};

} // namespace

std::unique_ptr<stage> make_hosts_stage(const stage_options& options)
{
    return std::make_unique<hosts_stage>(options);
}

} // namespace badwire::harness
