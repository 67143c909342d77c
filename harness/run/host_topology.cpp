#include "harness/run/host_topology.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include <fmt/format.h>
#include <sys/stat.h>

#include "harness/run/ports.hpp"

namespace badwire::harness {

namespace ip = boost::asio::ip;

namespace {

// As /proc/net/igmp writes a group: the address's word in the machine's order.
std::string in_igmp(const ip::address_v4& group)
{
    std::uint32_t word = 0;
    const auto bytes = group.to_bytes();
    std::memcpy(&word, bytes.data(), sizeof word);
    return fmt::format("{:08X}", word);
}

std::string in_igmp6(const ip::address_v6& group)
{
    std::string text;
    for (const unsigned char byte : group.to_bytes()) text += fmt::format("{:02x}", byte);
    return text;
}

bool has_word(const std::filesystem::path& file, const std::string& word)
{
    std::ifstream table(file);
    std::string line;
    while (std::getline(table, line))
        if (line.find(word) != std::string::npos) return true;
    return false;
}

} // namespace

host_topology::host_topology(const scenario& of, const std::vector<hosts::host_plan>& plan,
                             const hosts::made_hosts& made)
    : scenario_(of), plan_(plan), pids_(plan.size(), -1)
{
    for (const hosts::made_host& one : made.all) {
        struct stat seen {};
        ::fstat(one.network.get(), &seen);
        namespaces_.push_back(seen.st_ino);
    }
}

// A process that has just been started may still be on its way to its host.
std::optional<std::filesystem::path> host_topology::tables_of(std::size_t host) const
{
    if (pids_[host] < 0) return {};
    const std::filesystem::path process = fmt::format("/proc/{}", pids_[host]);
    struct stat seen {};
    if (::stat((process / "ns/net").c_str(), &seen) != 0 || seen.st_ino != namespaces_[host])
        return {};
    return process / "net";
}

std::optional<ip::address> host_topology::bound_at(std::size_t host, std::uint16_t port) const
{
    const auto tables = tables_of(host);
    return tables ? harness::bound_at(port, *tables) : std::nullopt;
}

std::vector<hosts::step> host_topology::between(std::size_t from, std::size_t to) const
{
    const link_path along =
        path_between(scenario_, scenario_.processes.at(from), scenario_.processes.at(to));
    std::vector<hosts::step> steps;
    for (const std::string& link : along.links) steps.push_back({link, along.which, along.flow});
    return steps;
}

std::vector<hosts::step> host_topology::to_group(std::size_t from) const
{
    const process_spec& sender = scenario_.processes.at(from);
    if (!sender.multicast || sender.over.empty()) return {};
    return {{sender.over, link::direction::up, sender.name}};
}

std::vector<hosts::step> host_topology::from_group(std::size_t from, std::size_t to) const
{
    const process_spec& receiver = scenario_.processes.at(to);
    if (!scenario_.processes.at(from).multicast || !receiver.multicast) return between(from, to);
    if (receiver.over.empty()) return {};
    return {
        {receiver.over, link::direction::down, receiver.name, scenario_.processes.at(from).name}};
}

// Of members of the scenario's own group a link decides whether they have joined it or not, as on
// other networks.
bool host_topology::is_member(std::size_t host, const ip::address& group) const
{
    if (scenario_.processes.at(host).multicast) return true;
    const auto tables = tables_of(host);
    if (!tables) return false;
    return group.is_v4() ? has_word(*tables / "igmp", in_igmp(group.to_v4()))
                         : has_word(*tables / "igmp6", in_igmp6(group.to_v6()));
}

bool host_topology::is_on_loopback_only(std::size_t host, hosts::port_kind kind,
                                        std::uint16_t port) const
{
    const auto tables = tables_of(host);
    if (!tables) return false;
    const auto all =
        kind == hosts::port_kind::udp ? udp_addresses(port, *tables) : tcp_addresses(port, *tables);
    return !all.empty() && std::ranges::all_of(all, [](const ip::address& one) {
        return one.is_v4() && one.is_loopback();
    });
}

} // namespace badwire::harness
