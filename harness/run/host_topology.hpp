// host_topology.hpp: how the processes of a scenario are connected as hosts, and what they have bound: what
// a host's own tables in /proc say of it. Not thread-safe.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "harness/run/link_path.hpp"
#include "harness/scenario/scenario.hpp"
#include "sim/hosts/namespaces.hpp"
#include "sim/hosts/topology.hpp"

namespace badwire::harness {

class host_topology final : public hosts::topology {
public:
    /// Processes, plans and hosts have the same places; all must outlive it.
    host_topology(const scenario& of, const std::vector<hosts::host_plan>& plan,
                  const hosts::made_hosts& made);

    /// That process of the system runs on the host from now on.
    void runs(std::size_t host, int pid) { pids_.at(host) = pid; }

    /// Where the port is bound on the host, for UDP or listening for TCP, as the host calls it:
    /// 127.0.0.1 where that reaches it.
    std::optional<boost::asio::ip::address> bound_at(std::size_t host, std::uint16_t port) const;

    std::vector<hosts::step> between(std::size_t from, std::size_t to) const override;
    std::vector<hosts::step> to_group(std::size_t from) const override;
    std::vector<hosts::step> from_group(std::size_t from, std::size_t to) const override;
    bool is_member(std::size_t host, const boost::asio::ip::address& group) const override;
    bool is_on_loopback_only(std::size_t host, hosts::port_kind kind,
                             std::uint16_t port) const override;
    std::optional<std::size_t> loopback_means(std::size_t host) const override
    {
        return plan_.at(host).loopback_means;
    }

private:
    std::optional<std::filesystem::path> tables_of(std::size_t host) const;

    const scenario& scenario_;
    const std::vector<hosts::host_plan>& plan_;
    std::vector<std::uint64_t> namespaces_; // their numbers
    std::vector<int> pids_;
};

} // namespace badwire::harness
